"""Formats of photos that are only read."""

import base64
import subprocess
import sys

import bombs
import cv2
import numpy as np
import PIL.Image
import pytest
import skimage

from kerascolor import batch, photo

ASTRONAUT = skimage.data.astronaut()[:64, :80]
DEEP = ASTRONAUT.astype(np.uint16) * 257 + 3
# A slope from black to white, 32 x 32, turned upright by its orientation, with a description.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAA"
    "AAAAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB7AABAAAAAAAAACMAAgAAAAACDwABAAAAAAAAADwAAAA4aWluZgAA"
    "AAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcn"
    "AAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroC"
    "QGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm"
    "5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAACAAAAABAAAAIAAAAAH////gAAAAAv///+AA"
    "AAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAA"
    "AOY2RzYwACAAEAAQAAAGdtZGF0AAAAHygBrxOA9sJTeZIv8a6tjYGfHsZQNyr+z2O89vA/hVwAAAAGRXhpZgAATU0A"
    "KgAAAAgAAgEOAAIAAAAMAAAAJgESAAMAAAABAAYAAAAAAABHcmFuZG1vdGhlcgA="
)


@pytest.mark.parametrize(
    ("name", "mode", "output", "error"),
    [
        ("a.avif", "RGB", ".jpg", 8),
        ("a.jp2", "RGB", ".tif", 0),
        ("a.j2k", "L", ".tif", 0),
        ("a.gif", "L", ".png", 0),
        ("a.ppm", "RGB", ".png", 0),
        ("a.pgm", "L", ".png", 0),
        ("a.PBM", "1", ".png", 0),
    ],
)
def test_other_formats_are_read(tmp_path, name, mode, output, error):
    image = PIL.Image.fromarray(ASTRONAUT).convert(mode)
    image.save(tmp_path / name)
    found = photo.read(tmp_path / name)
    expected = np.asarray(image.convert("L" if mode == "1" else mode)).astype(int)
    given = found.pixels if found.pixels.ndim == expected.ndim else found.pixels[..., 0]
    assert np.abs(given - expected).mean() <= error
    assert photo.output_suffix(name) == output


def test_heic_is_read_upright_with_its_metadata(tmp_path):
    (tmp_path / "a.heic").write_bytes(HEIC)
    found = photo.read(tmp_path / "a.heic")
    np.testing.assert_allclose(found.pixels[:, 7, 0], np.linspace(0, 255, 32), atol=20)
    assert b"Grandmother" in found.exif and found.pages == 1
    photo.write(found, tmp_path / "a.jpg")
    assert photo.read(tmp_path / "a.jpg").pixels.shape == (32, 32, 3)
    (tmp_path / "cut.heic").write_bytes(HEIC[:-70])
    with pytest.raises(photo.PhotoError, match="damaged: it begins as HEIC does"):
        photo.read(tmp_path / "cut.heic")


def test_heic_that_claims_another_size_is_damaged(tmp_path):
    content = bytearray(HEIC)
    place = content.index(b"ispe") + 8
    content[place : place + 4] = (1000).to_bytes(4, "big")
    (tmp_path / "a.heic").write_bytes(content)
    with pytest.raises(photo.PhotoError, match="the file is damaged: .*size"):
        photo.read(tmp_path / "a.heic")


@pytest.mark.parametrize("name", ["a.avif", "a.jp2", "a.gif", "a.ppm"])
def test_files_that_are_cut_short_are_damaged(tmp_path, name):
    PIL.Image.fromarray(ASTRONAUT).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    for size in (len(content) // 2, len(content) * 9 // 10):
        (tmp_path / name).write_bytes(content[:size])
        with pytest.raises(photo.PhotoError, match="the file is damaged"):
            photo.read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.jp2", "a.ppm", "a.pgm"])
def test_16_bits_of_other_formats_are_kept(tmp_path, name):
    pixels = DEEP[..., 1] if name == "a.pgm" else DEEP
    stored = pixels if pixels.ndim == 2 else pixels[..., ::-1]
    cv2.imwrite(str(tmp_path / name), stored, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
    np.testing.assert_array_equal(photo.read(tmp_path / name).pixels, pixels)


def test_10_bits_are_scaled(tmp_path):
    pixels = np.array([0, 500, 1023], ">u2")
    (tmp_path / "a.pgm").write_bytes(b"P5\n3 1\n1023\n" + pixels.tobytes())
    (tmp_path / "a.ppm").write_bytes(b"P6\n3 1\n1023\n" + np.repeat(pixels, 3).tobytes())
    for name in ("a.pgm", "a.ppm"):
        found = photo.read(tmp_path / name).pixels.reshape(3, -1)[:, 0]
        np.testing.assert_allclose(found, [0, 32031, 65535], atol=1)


@pytest.mark.parametrize(
    ("name", "bomb", "message"),
    [
        ("a.j2k", bombs.jpeg2000, "more than the 100 million allowed"),
        ("a.avif", bombs.avif, "damaged: 16000 x 16000 pixels are more than its bytes can hold"),
    ],
)
def test_files_that_claim_far_too_much_are_refused(tmp_path, name, bomb, message):
    (tmp_path / name).write_bytes(bomb(16_000, 16_000))
    with pytest.raises(photo.PhotoError, match=message):
        photo.read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.heic", "a.avif", "a.jp2", "a.gif", "a.ppm"])
def test_what_is_only_read_is_not_written(tmp_path, name):
    with pytest.raises(photo.PhotoError, match=r"end its name in one of \.jpg"):
        photo.write(photo.Photo(ASTRONAUT), tmp_path / name)


def test_photos_keep_the_extension_of_formats_that_are_written():
    for extension in (*photo.FORMATS, ".JPG"):
        assert photo.output_suffix(f"a/b{extension}") == extension


def test_drivers_are_loaded_when_they_are_needed():
    code = """
import sys
from kerascolor import batch, photo
drivers = {"PIL.AvifImagePlugin", "PIL.GifImagePlugin", "PIL.TiffImagePlugin", "pi_heif"}
assert not drivers & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_results_have_the_extension_of_a_format_that_is_written(tmp_path, toy_tflite):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    image = PIL.Image.fromarray(ASTRONAUT)
    for name in ("a.JPG", "a.gif", "b.gif", "b.ppm", "c.jp2", "d.avif", "d.jpg"):
        image.save(scans / name)
    summary = batch.colorize([str(scans)], str(out), batch.Settings(model=str(toy_tflite)))
    assert summary.counts["colorized"] == 7
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["a.JPG", "a.png", "b.gif.png", "b.ppm.png", "c.tif", "d.avif.jpg", "d.jpg"]
    )
