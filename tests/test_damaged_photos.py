"""Photo files that are damaged, too large, or none at all."""

import io
import os

import bombs
import numpy as np
import PIL.Image
import pytest
import skimage
from PIL import PngImagePlugin
from test_photo import ASTRONAUT, DEEP, GREY, save

from kerascolor import photo


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
