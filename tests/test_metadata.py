"""What is kept of a photo file besides its pixels."""

import numpy as np
import PIL.Image
import pytest
from PIL import IptcImagePlugin, PngImagePlugin
from test_photo import ASTRONAUT, GREY, SRGB, save

from kerascolor import photo
from kerascolor.photo import metadata

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description tiff:Orientation="6"
 dc:title="Gro\xc3\x9fmutter"/></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("target", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("deep", [False, True])
def test_xmp_is_kept_less_its_orientation(tmp_path, extension, target, deep):
    photo.write(photo.Photo(ASTRONAUT, xmp=XMP), tmp_path / f"a{extension}")
    found = photo.read(tmp_path / f"a{extension}")
    if deep:
        found.pixels = found.pixels.astype(np.uint16) * 257
    photo.write(found, tmp_path / f"b{target}")
    with PIL.Image.open(tmp_path / f"b{target}") as image:
        image.load()
        assert image.info["xmp"] == XMP.replace(b'tiff:Orientation="6"', b"")


def test_metadata_too_long_for_a_jpeg_file_is_left_out(tmp_path):
    photo.write(photo.Photo(ASTRONAUT, xmp=bytes(70_000)), tmp_path / "a.jpg")
    assert photo.read(tmp_path / "a.jpg").xmp == b""


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("target", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("deep", [False, True])
def test_metadata_is_kept(tmp_path, extension, target, deep):
    exif = PIL.Image.Exif()
    exif[metadata.ORIENTATION] = 8
    exif[0x010E] = "Grandmother"
    exif[0x8298] = "a photographer"
    exif.get_ifd(0x8769)[0x9003] = "1931:05:01 12:00:00"
    settings = {"exif": exif.tobytes(), "icc_profile": SRGB, "dpi": (200, 100)}
    found = photo.read(save(tmp_path / f"a{extension}", ASTRONAUT, **settings))
    if deep:
        found.pixels = found.pixels.astype(np.uint16) * 257
    photo.write(found, tmp_path / f"b{target}")
    with PIL.Image.open(tmp_path / f"b{target}") as image:
        kept = image.getexif()
        assert kept[0x010E] == "Grandmother"
        assert kept[0x8298] == "a photographer"
        assert kept.get_ifd(0x8769)[0x9003] == "1931:05:01 12:00:00"
        assert image.info["icc_profile"] == SRGB
        assert image.size == (120, 160)
        if ".webp" not in (extension, target):
            np.testing.assert_allclose(np.float64(image.info["dpi"]), (100, 200), atol=0.1)


def test_tags_of_the_file_are_not_taken_for_the_photo(tmp_path):
    path = save(tmp_path / "a.tif", GREY, compression="tiff_lzw", tiffinfo={270: "a title"})
    found = photo.read(path)
    found.pixels = ASTRONAUT
    photo.write(found, tmp_path / "b.tif")
    with PIL.Image.open(tmp_path / "b.tif") as image:
        np.testing.assert_array_equal(image, ASTRONAUT)
        assert image.getexif()[270] == "a title"


@pytest.mark.parametrize("deep", [False, True])
def test_texts_of_a_png_file_are_kept(tmp_path, deep):
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "Gro\xdfmutter")
    text.add_text("Comment", "packed", zip=True)
    text.add_itxt("Author", "\u5199\u771f\u5e2b")
    text.add_text("Raw profile type exif", "its orientation would count again")
    found = photo.read(save(tmp_path / "a.png", ASTRONAUT, pnginfo=text))
    if deep:
        found.pixels = found.pixels.astype(np.uint16) * 257
    photo.write(found, tmp_path / "b.png")
    with PIL.Image.open(tmp_path / "b.png") as image:
        assert image.text == {
            "Title": "Gro\xdfmutter",
            "Comment": "packed",
            "Author": "\u5199\u771f\u5e2b",
        }


@pytest.mark.parametrize("extension", [".jpg", ".tif"])
@pytest.mark.parametrize("target", [".jpg", ".tif"])
@pytest.mark.parametrize("planar", [False, True])
def test_iptc_data_are_kept(tmp_path, extension, target, planar):
    caption = b"\x1c\x02\x78\x00\x0bGrandmother"
    photo.write(photo.Photo(ASTRONAUT, iptc=caption), tmp_path / f"a{extension}")
    found = photo.read(tmp_path / f"a{extension}")
    assert found.iptc == caption
    if planar and target == ".jpg":
        planes = photo.Planes(GREY, GREY[::2, ::2].copy(), GREY[::2, ::2].copy())
        found = photo.PlanarPhoto(planes, **found.metadata())
    photo.write(found, tmp_path / f"b{target}")
    with PIL.Image.open(tmp_path / f"b{target}") as image:
        assert IptcImagePlugin.getiptcinfo(image)[2, 120] == b"Grandmother"


def test_iptc_data_too_long_for_a_jpeg_file_are_left_out(tmp_path):
    for size in (65_506, 65_507):
        photo.write(photo.Photo(ASTRONAUT, iptc=bytes(size)), tmp_path / "a.jpg")
        assert len(photo.read(tmp_path / "a.jpg").iptc) == (size if size == 65_506 else 0)
