import io
import os

import bombs
import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
from PIL import ImageCms, IptcImagePlugin, PngImagePlugin

from kerascolor import photo
from kerascolor.photo import metadata

ASTRONAUT = skimage.data.astronaut()[:120, :160]
GREY = skimage.data.camera()[:120, :160]
ALPHA = np.tile(np.arange(160, dtype=np.uint8), (120, 1))
DEEP = ASTRONAUT.astype(np.uint16) * 257 + 3
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def save(path, pixels, mode=None, **settings):
    image = pixels if isinstance(pixels, PIL.Image.Image) else PIL.Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **settings)
    return path


def grey_profile(gamma):
    """A small ICC profile of grey levels, which Pillow can't make."""

    def tag(kind, body):
        return kind + bytes(4) + body

    def fixed(value):
        return round(value * 65536).to_bytes(4)

    white = tag(b"XYZ ", fixed(0.9642) + fixed(1.0) + fixed(0.8249))
    curve = tag(b"curv", (1).to_bytes(4) + round(gamma * 256).to_bytes(2) + bytes(2))
    description = tag(b"desc", (5).to_bytes(4) + b"grey\0" + bytes(78)).ljust(96, b"\0")
    body, table = b"", b""
    for name, content in ((b"wtpt", white), (b"kTRC", curve), (b"desc", description)):
        table += name + (128 + 4 + 36 + len(body)).to_bytes(4) + len(content).to_bytes(4)
        body += content
    size = 128 + 4 + len(table) + len(body)
    header = size.to_bytes(4) + bytes(4) + b"\x02\x10\0\0mntrGRAYXYZ " + bytes(12) + b"acsp"
    header = header.ljust(68, b"\0") + fixed(0.9642) + fixed(1.0) + fixed(0.8249)
    return header.ljust(128, b"\0") + (3).to_bytes(4) + table + body


@pytest.mark.parametrize("extension", [".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"])
@pytest.mark.parametrize("pixels", [ASTRONAUT, GREY], ids=["rgb", "grey"])
def test_every_format_is_read(tmp_path, extension, pixels):
    found = photo.read(save(tmp_path / f"a{extension}", pixels))
    expected = pixels if pixels.ndim == found.pixels.ndim else np.dstack([pixels] * 3)
    assert found.pixels.dtype == np.uint8
    assert found.alpha is None
    assert np.abs(found.pixels.astype(int) - expected).mean() < 6


@pytest.mark.parametrize("extension", list(photo.FORMATS))
def test_every_format_is_written(tmp_path, extension):
    path = tmp_path / f"a{extension.upper()}"
    photo.write(photo.Photo(ASTRONAUT), path)
    with PIL.Image.open(path) as image:
        assert image.format == photo.FORMATS[extension]
        assert image.mode == "RGB"
    assert np.abs(photo.read(path).pixels.astype(int) - ASTRONAUT).mean() < 4


@pytest.mark.parametrize(
    ("mode", "extension", "channels"),
    [
        ("1", ".png", 1),
        ("L", ".png", 1),
        ("P", ".png", 3),
        ("RGB", ".png", 3),
        ("CMYK", ".jpg", 3),
        ("CMYK", ".tif", 3),
        ("YCbCr", ".jpg", 3),
    ],
)
def test_every_mode_is_read(tmp_path, mode, extension, channels):
    path = save(tmp_path / f"a{extension}", ASTRONAUT, mode)
    pixels = photo.read(path).pixels
    expected = PIL.Image.open(path).convert("L" if channels == 1 else "RGB")
    assert pixels.shape == ((120, 160) if channels == 1 else (120, 160, 3))
    np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("extension", [".png", ".tif", ".webp", ".bmp"])
@pytest.mark.parametrize("grey", [True, False])
def test_alpha_is_kept(tmp_path, extension, grey):
    if extension == ".bmp":
        photo.write(photo.Photo(ASTRONAUT, ALPHA), tmp_path / "a.bmp")
    else:
        save(tmp_path / f"a{extension}", np.dstack([GREY if grey else ASTRONAUT, ALPHA]))
    found = photo.read(tmp_path / f"a{extension}")
    np.testing.assert_array_equal(found.alpha, ALPHA)
    photo.write(photo.Photo(ASTRONAUT, found.alpha), tmp_path / f"b{extension}")
    np.testing.assert_array_equal(photo.read(tmp_path / f"b{extension}").alpha, ALPHA)


def test_a_transparent_palette_becomes_alpha(tmp_path):
    image = PIL.Image.fromarray(ASTRONAUT).quantize(16)
    found = photo.read(save(tmp_path / "a.png", image, transparency=image.getpixel((0, 0))))
    assert found.pixels.shape == (120, 160, 3)
    assert found.alpha[0, 0] == 0 and found.alpha.max() == 255


def test_jpeg_lays_alpha_on_white(tmp_path):
    photo.write(photo.Photo(np.zeros_like(ASTRONAUT), ALPHA), tmp_path / "a.jpg")
    pixels = photo.read(tmp_path / "a.jpg").pixels
    assert pixels[:, 0].min() > 250 and abs(int(pixels[60, 159].max()) - (255 - 159)) < 5


@pytest.mark.parametrize("extension", [".png", ".tif"])
@pytest.mark.parametrize("kind", ["grey", "rgb", "rgba"])
def test_16_bits_stay_to_the_last_one(tmp_path, extension, kind):
    pixels = {"grey": DEEP[..., 0], "rgb": DEEP, "rgba": np.dstack([DEEP, DEEP[..., 0]])}[kind]
    path = tmp_path / f"a{extension}"
    stored = pixels if kind == "grey" else np.dstack([pixels[..., 2::-1], pixels[..., 3:]])
    cv2.imwrite(str(path), np.ascontiguousarray(stored))
    found = photo.read(path)
    np.testing.assert_array_equal(found.pixels, pixels if kind == "grey" else DEEP)
    assert (found.alpha is not None) == (kind == "rgba")

    alpha = found.alpha
    photo.write(photo.Photo(DEEP, alpha, icc_profile=SRGB, dpi=(300, 600)), path)
    again = photo.read(path)
    np.testing.assert_array_equal(again.pixels, DEEP)
    np.testing.assert_array_equal(again.alpha, alpha)
    assert again.icc_profile == SRGB
    np.testing.assert_allclose(again.dpi, (300, 600), atol=0.02)
    # Pillow, which shows 8 of the bits, finds nothing amiss.
    with PIL.Image.open(path) as image:
        np.testing.assert_allclose(np.asarray(image)[..., :3], DEEP >> 8, atol=1)


@pytest.mark.parametrize("extension", [".jpg", ".webp", ".bmp"])
def test_other_formats_get_8_of_16_bits(tmp_path, extension):
    photo.write(photo.Photo(DEEP), tmp_path / f"a{extension}")
    assert np.abs(photo.read(tmp_path / f"a{extension}").pixels - ASTRONAUT.astype(int)).mean() < 4


def test_16_bit_tiff_in_which_0_is_white(tmp_path):
    image = PIL.Image.fromarray(DEEP[..., 0])
    photo_interpretation = 262
    image.save(tmp_path / "a.tif", tiffinfo={photo_interpretation: 0})
    found = photo.read(tmp_path / "a.tif").pixels
    np.testing.assert_array_equal(found, 65535 - DEEP[..., 0])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp", ".tif"])
def test_photos_are_upright(tmp_path, extension, orientation):
    exif = PIL.Image.Exif()
    exif[metadata.ORIENTATION] = orientation
    path = save(tmp_path / f"a{extension}", ASTRONAUT, exif=exif)
    found = photo.read(path)
    expected = np.asarray(PIL.ImageOps.exif_transpose(PIL.Image.open(path)).convert("RGB"))
    np.testing.assert_array_equal(found.pixels, expected)
    photo.write(found, path)
    assert metadata.ORIENTATION not in PIL.Image.open(path).getexif()
    assert photo.read(path).pixels.shape == expected.shape


@pytest.mark.parametrize("extension", [".png", ".tif"])
def test_photos_of_16_bits_are_upright(tmp_path, extension):
    exif = PIL.Image.Exif()
    exif[metadata.ORIENTATION] = 6
    exif[0x010E] = "a title"
    path = tmp_path / f"a{extension}"
    photo.write(photo.Photo(DEEP, DEEP[..., 0], exif=exif.tobytes()), path)
    found = photo.read(path)
    np.testing.assert_array_equal(found.pixels, np.rot90(DEEP, -1))
    np.testing.assert_array_equal(found.alpha, np.rot90(DEEP[..., 0], -1))


@pytest.mark.parametrize("settings", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_in_color_is_what_pillow_reads(tmp_path, settings):
    path = save(tmp_path / "a.jpg", ASTRONAUT, icc_profile=SRGB, dpi=(72, 96), **settings)
    found = photo.read(path)
    np.testing.assert_allclose(found.pixels, np.asarray(PIL.Image.open(path)), atol=1)
    assert (found.icc_profile, found.dpi) == (SRGB, (72, 96))


@pytest.mark.parametrize("gamma", [1.0, 2.2])
def test_a_grey_jpeg_is_what_pillow_reads(tmp_path, gamma):
    profile = grey_profile(gamma)
    path = save(tmp_path / "a.jpg", GREY, icc_profile=profile)
    expected = photo.from_image(PIL.Image.open(path)).pixels
    np.testing.assert_allclose(photo.read(path).pixels.astype(int), expected, atol=1)


@pytest.mark.parametrize("size", [(120, 160), (119, 159), (1, 1)])
def test_planes_are_written_into_a_jpeg_file(tmp_path, size):
    rows, columns = size
    ycc = cv2.cvtColor(ASTRONAUT[:rows, :columns], cv2.COLOR_RGB2YCrCb)
    half = -(-columns // 2), -(-rows // 2)
    red, blue = cv2.split(cv2.resize(ycc[..., 1:], half, interpolation=cv2.INTER_AREA))
    planes = photo.Planes(np.ascontiguousarray(ycc[..., 0]), blue, red)
    exif = PIL.Image.Exif()
    exif[0x010E] = "Grandmother"
    kept = {"exif": exif.tobytes(), "icc_profile": SRGB, "dpi": (200, 100), "xmp": b"<x/>"}
    photo.write(photo.PlanarPhoto(planes, **kept), tmp_path / "a.jpg")
    found = photo.read(tmp_path / "a.jpg")
    photo.write(photo.Photo(ASTRONAUT[:rows, :columns], **kept), tmp_path / "b.jpg")
    expected = photo.read(tmp_path / "b.jpg")
    assert np.abs(found.pixels.astype(int) - expected.pixels).mean() < 1.5
    assert {name: getattr(found, name) for name in kept} == kept


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


def test_pages_of_a_tiff_file_keep_what_is_theirs(tmp_path):
    def described(text):
        exif = PIL.Image.Exif()
        exif[0x010E] = text
        return exif.tobytes()

    pages = [
        photo.Photo(ASTRONAUT, exif=described("the first"), dpi=(300, 300)),
        photo.Photo(DEEP, ALPHA.astype(np.uint16), exif=described("the second"), icc_profile=SRGB),
        photo.Photo(DEEP[:41, :33], dpi=(600, 600)),
        photo.Photo(np.tile(ASTRONAUT, (9, 40, 1))),
    ]
    assert photo.write_pages(pages, tmp_path / "a.tif") == 4
    found = list(photo.read_pages(tmp_path / "a.tif"))
    assert [page.pages for page in found] == [4] * 4
    for page, expected in zip(found, pages, strict=True):
        np.testing.assert_array_equal(page.pixels, expected.pixels)
        assert page.icc_profile == expected.icc_profile
        assert page.dpi == expected.dpi
    assert [b"the first" in page.exif for page in found] == [True, False, False, False]
    assert [b"the second" in page.exif for page in found] == [False, True, False, False]
    np.testing.assert_array_equal(found[1].alpha, pages[1].alpha)


def test_a_damaged_page_is_named(tmp_path):
    frames = [PIL.Image.fromarray(ASTRONAUT)] * 3
    path = save(tmp_path / "a.tif", frames[0], save_all=True, append_images=frames[1:])
    path.write_bytes(path.read_bytes()[:-5000])
    pages = photo.read_pages(path)
    next(pages)
    with pytest.raises(photo.PhotoError, match=r"a\.tif: page [23]: .*damaged"):
        list(pages)


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


def test_a_grey_profile_is_applied(tmp_path):
    settings = {"icc_profile": grey_profile(1.0)}
    for pixels in (GREY, GREY.astype(np.uint16) * 257):
        found = photo.read(save(tmp_path / "a.png", pixels, **settings))
        white = np.iinfo(pixels.dtype).max
        linear = pixels / white
        expected = np.where(
            linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
        )
        assert found.icc_profile == b""
        assert found.pixels.dtype == pixels.dtype
        np.testing.assert_allclose(found.pixels / white, expected, atol=0.02)


@pytest.mark.parametrize("profile", [b"", b"nonsense", SRGB, b"x" * 16 + b"CMYK" + b"x" * 200])
def test_cmyk_needs_no_usable_profile(tmp_path, profile):
    path = save(tmp_path / "a.jpg", ASTRONAUT, "CMYK", icc_profile=profile)
    found = photo.read(path)
    assert found.icc_profile == b""
    assert np.abs(found.pixels.astype(int) - ASTRONAUT).mean() < 6


@pytest.mark.parametrize("extension", [".png", ".webp", ".tif"])
def test_pages_are_counted(tmp_path, extension):
    frames = [PIL.Image.fromarray(pixels) for pixels in (ASTRONAUT, ASTRONAUT[::-1])]
    frames[0].save(tmp_path / f"a{extension}", save_all=True, append_images=frames[1:])
    found = photo.read(tmp_path / f"a{extension}")
    assert found.pages == 2
    assert np.abs(found.pixels.astype(int) - ASTRONAUT).mean() < 6


def png_bomb(width, height):
    """A PNG file of a few bytes that says it is as large as that."""
    file = io.BytesIO()
    file.write(b"\x89PNG\r\n\x1a\n")
    size = width.to_bytes(4) + height.to_bytes(4)
    PngImagePlugin.putchunk(file, b"IHDR", size, bytes([8, 2, 0, 0, 0]))
    PngImagePlugin.putchunk(file, b"IDAT", b"")
    PngImagePlugin.putchunk(file, b"IEND", b"")
    return file.getvalue()


def jpeg_file():
    file = io.BytesIO()
    PIL.Image.fromarray(ASTRONAUT).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.jpg", b"", "empty"),
        ("a.png", b"", "empty"),
        ("a.jpg", b"Dear grandmother,\nhow are you?", "not a photo"),
        ("a.jpg", jpeg_file()[:2000], "damaged: Premature end"),
        ("a.jpg", jpeg_file()[:20], "damaged|not a photo"),
        ("a.png", png_bomb(60000, 60000), "60000 x 60000 pixels .* 300 million"),
        ("a.png", png_bomb(17000, 17000), "damaged"),
        ("a.gif", b"GIF89a" + bytes(100), "damaged"),
    ],
    ids=["empty", "empty-png", "text", "truncated", "header", "bomb", "no-pixels", "gif"],
)
def test_bad_files_are_refused_in_one_line(tmp_path, name, content, reason):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(photo.PhotoError, match=reason) as caught:
        photo.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("extension", [".png", ".webp", ".tif", ".bmp"])
def test_truncated_files_are_refused(tmp_path, extension):
    path = save(tmp_path / f"a{extension}", ASTRONAUT)
    for deep in (False, True):
        if deep:
            photo.write(photo.Photo(DEEP), path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        with pytest.raises(photo.PhotoError):
            photo.read(path)


def test_a_chunk_longer_than_its_file_takes_no_memory(tmp_path):
    path = tmp_path / "a.png"
    photo.write(photo.Photo(DEEP[:40, :20]), path)
    content = bytearray(path.read_bytes())
    length = content.index(b"IDAT") - 4
    content[length : length + 4] = (0xD2EB1822).to_bytes(4)
    path.write_bytes(content[: content.rindex(b"IEND") - 8])
    with pytest.raises(photo.PhotoError, match="damaged: a part of it is longer than all"):
        photo.read(path)


def test_many_pages_and_scans_are_read_up_to_a_limit(tmp_path):
    for pages, scans in ((300, 90), (11_000, 110)):
        (tmp_path / "a.tif").write_bytes(bombs.tiff(16, 16, pages))
        (tmp_path / "a.jpg").write_bytes(bombs.jpeg(64, 64, scans))
        if pages == 300:
            assert photo.read(tmp_path / "a.tif").pages == 300
            assert photo.read(tmp_path / "a.jpg").pixels.shape == (64, 64)
            continue
        with pytest.raises(photo.PhotoError, match="more than the 10000 pages"):
            photo.read(tmp_path / "a.tif")
        with pytest.raises(photo.PhotoError, match="11. scans of 64 x 64 pixels are more"):
            photo.read(tmp_path / "a.jpg")


def test_a_tiff_file_that_lacks_strips_is_refused(tmp_path):
    content = bombs.tiff(16, 16)
    rows = (257).to_bytes(2, "little") + (4).to_bytes(2, "little") + (1).to_bytes(4, "little")
    taller = content.replace(rows + (16).to_bytes(4, "little"), rows + (99).to_bytes(4, "little"))
    assert taller != content
    (tmp_path / "a.tif").write_bytes(taller)
    with pytest.raises(photo.PhotoError, match=r"damaged: it lacks rows of 16 x 99"):
        photo.read(tmp_path / "a.tif")


def test_tiff_files_may_be_larger_than_pillow_allows(tmp_path, monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 100)
    np.testing.assert_array_equal(photo.read(save(tmp_path / "a.tif", GREY)).pixels, GREY)


def test_missing_files_folders_and_pipes_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (("none.jpg", "No such file"), ("", "not a file"), ("pipe", "not a file")):
        with pytest.raises(photo.PhotoError, match=reason):
            photo.read(tmp_path / name)


def test_photos_of_other_kinds_are_refused(tmp_path):
    save(tmp_path / "a.tif", PIL.Image.fromarray(GREY.astype(np.int32)))
    with pytest.raises(photo.PhotoError, match=r"a\.tif: pixels of the kind 'I'"):
        photo.read(tmp_path / "a.tif")


def test_a_name_never_breaks_the_line(tmp_path):
    with pytest.raises(photo.PhotoError) as caught:
        photo.read(tmp_path / "two\nlines.jpg")
    assert "\n" not in str(caught.value)
    assert "two\\nlines.jpg" in str(caught.value)


def test_pillows_own_limit_stays_as_it_was(tmp_path):
    limit = PIL.Image.MAX_IMAGE_PIXELS
    photo.read(save(tmp_path / "a.png", GREY))
    assert limit == PIL.Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("name", ["a.gif", "a", "a.jpg.txt"])
def test_unknown_extensions_are_not_written(tmp_path, name):
    with pytest.raises(photo.PhotoError, match=r"\.jpg"):
        photo.write(photo.Photo(ASTRONAUT), tmp_path / name)


@pytest.mark.parametrize(("extension", "width"), [(".jpg", 65501), (".webp", 16384)])
def test_photos_too_large_for_their_format_are_not_written(tmp_path, extension, width):
    with pytest.raises(photo.PhotoError, match="at most"):
        photo.write(photo.Photo(np.zeros((1, width, 3), np.uint8)), tmp_path / f"a{extension}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("extension", [".png", ".webp", ".bmp"])
def test_planes_are_for_jpeg_files_alone(tmp_path, extension):
    planes = photo.Planes(*(np.zeros((side, side), np.uint8) for side in (4, 2, 2)))
    with pytest.raises(photo.PhotoError, match="for JPEG files alone"):
        photo.write(photo.PlanarPhoto(planes), tmp_path / f"a{extension}")


def test_a_jpeg_of_an_odd_sampling_is_read(tmp_path):
    # Luma of 1 x 4 beside chroma, as in a photo of 4:1:1 that was turned without loss.
    path = save(tmp_path / "a.jpg", ASTRONAUT[:64, :64], subsampling=2)
    content = bytearray(path.read_bytes())
    content[content.index(b"\xff\xc0") + 11] = 0x14
    path.write_bytes(content)
    np.testing.assert_allclose(photo.read(path).pixels, np.asarray(PIL.Image.open(path)), atol=1)


def test_planes_too_large_for_a_jpeg_file_are_not_written(tmp_path):
    half = np.zeros((1, 32751), np.uint8)
    planes = photo.Planes(np.zeros((1, 65501), np.uint8), half, half)
    with pytest.raises(photo.PhotoError, match="at most"):
        photo.write(photo.PlanarPhoto(planes), tmp_path / "a.jpg")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"the old one")

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(photo.PhotoError, match="No space left on device"):
        photo.write(photo.Photo(ASTRONAUT), path)
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        photo.write(photo.Photo(ASTRONAUT), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_or_a_full_disk_are_told(tmp_path):
    with pytest.raises(photo.PhotoError, match="No such file"):
        photo.write(photo.Photo(ASTRONAUT), tmp_path / "none" / "a.png")
    (tmp_path / "a.png").mkdir()
    with pytest.raises(photo.PhotoError, match="directory"):
        photo.write(photo.Photo(ASTRONAUT), tmp_path / "a.png")
    assert len(list(tmp_path.iterdir())) == 1


def jpeg_content(mode="RGB", **settings):
    file = io.BytesIO()
    PIL.Image.fromarray(skimage.data.astronaut()).convert(mode).save(file, "JPEG", **settings)
    return file.getvalue()


DAMAGES = {
    "half": lambda content: content[: len(content) // 2] + b"\xff\xd9",
    "zeros": lambda content: content[:-15_000] + bytes(4096) + content[-10_904:],
    "removed": lambda content: content[: len(content) // 2] + content[len(content) * 3 // 4 :],
    "cut": lambda content: content[: len(content) // 2],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_damaged_jpeg_is_told_and_read_only_if_asked_for(tmp_path, mode, progressive, damage):
    content = jpeg_content(mode, progressive=progressive)
    (tmp_path / "whole.jpg").write_bytes(content)
    (tmp_path / "a.jpg").write_bytes(DAMAGES[damage](content))
    with pytest.raises(photo.PhotoError, match="damaged: (Corrupt JPEG data|Premature end)"):
        photo.read(tmp_path / "a.jpg")
    found = photo.read(tmp_path / "a.jpg", damaged=True)
    whole = photo.read(tmp_path / "whole.jpg", damaged=True)
    assert found.pixels.shape == whole.pixels.shape
    if not progressive:
        np.testing.assert_array_equal(found.pixels[:100], whole.pixels[:100])


@pytest.mark.parametrize("extension", [".png", ".webp", ".tif", ".bmp"])
def test_other_files_cut_short_are_read_if_asked_for(tmp_path, extension):
    path = save(tmp_path / f"a{extension}", ASTRONAUT)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with pytest.raises(photo.PhotoError):
        photo.read(path)
    if extension == ".webp":  # Its library gives all or nothing.
        return
    (found,) = photo.read_pages(path, damaged=True)
    top = slice(-20, None) if extension == ".bmp" else slice(20)
    np.testing.assert_array_equal(found.pixels[top], ASTRONAUT[top])


def test_a_jpeg_with_a_film_behind_it_is_read(tmp_path):
    film = (b"\xff\xda" + bytes(1000)) * 300
    (tmp_path / "a.jpg").write_bytes(jpeg_content(progressive=True) + film)
    assert photo.read(tmp_path / "a.jpg").pixels.shape == (512, 512, 3)


def test_scans_are_refused_by_the_work_that_they_are(tmp_path):
    path = tmp_path / "a.jpg"
    content = jpeg_content("L")
    scan = content[content.index(b"\xff\xda") : -2]
    # Sequential ones too: each of these goes over the picture again.
    path.write_bytes(content[:-2] + scan * 150 + content[-2:])
    with pytest.raises(photo.PhotoError, match="151 scans of 512 x 512 pixels"):
        photo.read(path)
    path.write_bytes(content[:-2] + scan * 20 + content[-2:])
    with pytest.raises(photo.PhotoError, match="21 scans of 512 x 512 pixels"):
        photo.read(path, max_pixels=300_000)


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp", ".tif", ".bmp"])
def test_the_largest_size_is_the_callers(tmp_path, extension):
    path = save(tmp_path / f"a{extension}", ASTRONAUT)
    for read in (photo.read, lambda *args, **limits: list(photo.read_pages(*args, **limits))):
        with pytest.raises(photo.PhotoError, match="160 x 120 pixels are more than"):
            read(path, max_pixels=10_000)
        read(path, max_pixels=20_000)


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


@pytest.mark.parametrize("animated", [False, True])
def test_webp_files_without_loss_stay_so(tmp_path, animated):
    frames = [PIL.Image.fromarray(ASTRONAUT[::-1])] if animated else []
    settings = {"save_all": animated, "append_images": frames} if animated else {}
    for lossless in (False, True):
        settings |= {"lossless": lossless}
        exif = PIL.Image.Exif()
        exif[0x010E] = "Grandmother"
        found = photo.read(save(tmp_path / "a.webp", ASTRONAUT, exif=exif, **settings))
        photo.write(found, tmp_path / "b.webp")
        again = photo.read(tmp_path / "b.webp")
        assert found.lossless == again.lossless == lossless
        assert np.array_equal(again.pixels, ASTRONAUT) == lossless
