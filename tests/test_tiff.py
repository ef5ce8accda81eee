"""TIFF files of all the kinds that scanners and programs write."""

import bombs
import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
import tifffile

from kerascolor import photo

ASTRONAUT = skimage.data.astronaut()[:40, :60]
ALPHA = np.tile(np.arange(55, 255, 200 / 60).astype(np.uint8), (40, 1))
CHANNELS = {
    "minisblack": ASTRONAUT[..., 1:2],
    "miniswhite": 255 - ASTRONAUT[..., 1:2],
    "rgb": ASTRONAUT,
    "separated": 255 - np.dstack([ASTRONAUT, np.full_like(ALPHA, 255)]),
}


def stored(pixels, dtype):
    """Pixels of 8 bits in a type's own range."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (pixels / 255).astype(dtype)
    return (pixels * (np.iinfo(dtype).max / 255)).round().astype(dtype)


def write(path, pixels, planar=False, **settings):
    if pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    else:
        settings["planarconfig"] = "separate" if planar else "contig"
        pixels = np.moveaxis(pixels, 2, 0) if planar else pixels
    tifffile.imwrite(path, np.ascontiguousarray(pixels), metadata=None, **settings)


def in_8_bits(pixels):
    return pixels if pixels.dtype == np.uint8 else np.rint(pixels / 257)


@pytest.mark.parametrize("planar", [False, True], ids=["together", "planes"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "float16", "float32", "float64"])
@pytest.mark.parametrize("alpha", [None, "unassalpha", "unspecified"])
@pytest.mark.parametrize("kind", ["minisblack", "rgb"])
def test_channels_of_all_types_are_read(tmp_path, kind, alpha, dtype, planar):
    pixels = CHANNELS[kind]
    if alpha:
        pixels = np.dstack([pixels, ALPHA])
    extra = [alpha] if alpha else None
    for compression in (None, "deflate"):
        settings = {"compression": compression, "rowsperstrip": 7, "bigtiff": bool(compression)}
        write(
            tmp_path / "a.tif",
            stored(pixels, dtype),
            planar,
            photometric=kind,
            extrasamples=extra,
            **settings,
        )
        found = photo.read(tmp_path / "a.tif")
        assert found.pixels.dtype == (np.uint8 if dtype == "uint8" else np.uint16)
        expected = CHANNELS[kind] if kind == "rgb" else CHANNELS[kind][..., 0]
        np.testing.assert_array_equal(in_8_bits(found.pixels), expected)
        # Only what is said to be alpha is alpha; it may be infrared.
        assert (found.alpha is not None) == (alpha == "unassalpha")
        if found.alpha is not None:
            np.testing.assert_array_equal(in_8_bits(found.alpha), ALPHA)


@pytest.mark.parametrize("planar", [False, True], ids=["together", "planes"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("kind", ["miniswhite", "separated"])
def test_negative_and_printed_colors_are_read(tmp_path, kind, dtype, planar):
    pixels = CHANNELS[kind]
    write(tmp_path / "a.tif", stored(pixels, dtype), planar, photometric=kind)
    expected = ASTRONAUT[..., 1] if kind == "miniswhite" else ASTRONAUT
    found = in_8_bits(photo.read(tmp_path / "a.tif").pixels)
    np.testing.assert_allclose(found, expected, atol=1)


@pytest.mark.parametrize(
    "settings",
    [
        {"byteorder": ">"},
        {"byteorder": ">", "compression": "deflate", "predictor": 2},
        {"tile": (16, 32)},
        {"tile": (16, 32), "compression": "deflate", "predictor": 2},
        {"bigtiff": True},
        {"rowsperstrip": 1000},
    ],
    ids=str,
)
@pytest.mark.parametrize("planar", [False, True], ids=["together", "planes"])
def test_strips_and_tiles_are_put_together(tmp_path, planar, settings):
    write(tmp_path / "a.tif", stored(ASTRONAUT, "uint16"), planar, photometric="rgb", **settings)
    np.testing.assert_array_equal(
        photo.read(tmp_path / "a.tif").pixels, stored(ASTRONAUT, "uint16")
    )


@pytest.mark.parametrize("compression", [5, 32773], ids=["LZW", "PackBits"])
def test_other_compressions_are_undone(tmp_path, compression):
    deep = stored(ASTRONAUT, "uint16")
    settings = [cv2.IMWRITE_TIFF_COMPRESSION, compression]
    cv2.imwrite(str(tmp_path / "a.tif"), deep[..., ::-1], settings)
    np.testing.assert_array_equal(photo.read(tmp_path / "a.tif").pixels, deep)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_colors_multiplied_by_alpha_are_divided_by_it(tmp_path, dtype):
    multiplied = np.rint(ASTRONAUT * (ALPHA / 255)[..., None]).astype(np.uint8)
    pixels = stored(np.dstack([multiplied, ALPHA]), dtype)
    write(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=["assocalpha"])
    found = photo.read(tmp_path / "a.tif")
    np.testing.assert_allclose(in_8_bits(found.pixels), ASTRONAUT, atol=4)
    np.testing.assert_array_equal(in_8_bits(found.alpha), ALPHA)


def test_floats_beyond_1_are_scaled_and_nan_is_black(tmp_path):
    pixels = np.array([[0, 50, 100], [np.nan, np.inf, -7]], np.float32)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="minisblack")
    found = photo.read(tmp_path / "a.tif").pixels
    np.testing.assert_array_equal(found, [[0, 32768, 65535], [0, 0, 0]])


@pytest.mark.parametrize("scale", [1, 100])
def test_floats_far_beyond_all_others_are_no_scale(tmp_path, scale):
    pixels = stored(ASTRONAUT, "float32") * scale
    write(tmp_path / "a.tif", pixels, photometric="rgb")
    expected = photo.read(tmp_path / "a.tif").pixels
    pixels[5, 5] = 3e38
    write(tmp_path / "a.tif", pixels, photometric="rgb")
    expected[5, 5] = 65535
    np.testing.assert_array_equal(photo.read(tmp_path / "a.tif").pixels, expected)


@pytest.mark.parametrize("planar", [False, True], ids=["together", "planes"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_16_bits_cut_short_are_damaged(tmp_path, compression, planar):
    path = tmp_path / "a.tif"
    settings = {"photometric": "rgb", "rowsperstrip": 8, "compression": compression}
    write(path, stored(ASTRONAUT, "uint16"), planar, **settings)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(photo.PhotoError, match="damaged"):
        photo.read(path)
    found = photo.read(path, damaged=True).pixels
    np.testing.assert_array_equal(found[:24, :, 0], stored(ASTRONAUT, "uint16")[:24, :, 0])


def test_a_strip_that_unpacks_to_too_much_takes_no_memory(tmp_path):
    import zlib

    path = tmp_path / "a.tif"
    write(path, stored(ASTRONAUT, "uint16"), photometric="rgb", compression="deflate")
    with tifffile.TiffFile(path) as file:
        (offset,), tag = file.pages[0].dataoffsets, file.pages[0].tags["StripByteCounts"]
    bomb = zlib.compress(bytes(200 * 2**20))
    content = bytearray(path.read_bytes()[:offset]) + bomb
    content[tag.valueoffset : tag.valueoffset + 4] = len(bomb).to_bytes(4, "little")
    path.write_bytes(content)
    assert photo.read(path).pixels.max() == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("target", [".tif", ".png", ".webp", ".jpg"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("order", "<>")
def test_metadata_of_bigtiff_files_are_kept_in_every_format(tmp_path, order, dtype, target):
    settings = {"resolution": (300, 200), "resolutionunit": 2, "description": "Grandmother"}
    settings |= {"photometric": "rgb", "bigtiff": True, "byteorder": order}
    write(tmp_path / "a.tif", stored(ASTRONAUT, dtype), **settings)
    found = photo.read(tmp_path / "a.tif")
    assert found.dpi == (300, 200)
    np.testing.assert_array_equal(in_8_bits(found.pixels), ASTRONAUT)
    photo.write(found, tmp_path / f"b{target}")
    with PIL.Image.open(tmp_path / f"b{target}") as image:
        assert image.getexif()[270] == "Grandmother"
    assert photo.read(tmp_path / f"b{target}").pixels.shape == ASTRONAUT.shape


def test_pages_may_mix_all_kinds(tmp_path):
    kinds = [("uint16", True), ("uint8", False), ("float32", False), ("uint8", True)]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for dtype, planar in kinds:
            pixels = stored(ASTRONAUT, dtype)
            pixels = np.moveaxis(pixels, 2, 0) if planar else pixels
            config = "separate" if planar else "contig"
            file.write(pixels, photometric="rgb", planarconfig=config, metadata=None)
    found = list(photo.read_pages(tmp_path / "a.tif"))
    assert [page.pages for page in found] == [4] * 4
    for page in found:
        np.testing.assert_array_equal(in_8_bits(page.pixels), ASTRONAUT)


def test_pages_of_one_file_are_read_by_opening_it_once(tmp_path, monkeypatch):
    (tmp_path / "a.tif").write_bytes(bombs.tiff(16, 16, pages=300))
    opened = []

    def count(*arguments, original=PIL.Image.open, **settings):
        opened.append(arguments)
        return original(*arguments, **settings)

    monkeypatch.setattr(PIL.Image, "open", count)
    assert sum(1 for _ in photo.read_pages(tmp_path / "a.tif")) == 300
    assert len(opened) == 1


def test_pages_that_share_their_pixels_are_refused_beyond_a_limit(tmp_path):
    (tmp_path / "a.tif").write_bytes(bombs.tiff(10_000, 10_000, pages=200))
    with pytest.raises(photo.PhotoError, match="20000 million pixels together"):
        photo.read(tmp_path / "a.tif")
    # What a photo may have at most is decided by the caller.
    (tmp_path / "a.tif").write_bytes(bombs.tiff(16, 16, pages=200))
    with pytest.raises(photo.PhotoError, match="together"):
        photo.read(tmp_path / "a.tif", max_pixels=256)
    assert photo.read(tmp_path / "a.tif", max_pixels=1024).pages == 200


def test_tags_that_claim_more_than_the_file_take_no_memory(tmp_path):
    content = bytearray(bombs.tiff(16, 16))
    # The number of strips, each of which has a place.
    entry = content.index((273).to_bytes(2, "little") + (4).to_bytes(2, "little"))
    content[entry + 4 : entry + 8] = (2**30).to_bytes(4, "little")
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(photo.PhotoError, match="tags are longer than all of it"):
        photo.read(tmp_path / "a.tif")


@pytest.mark.parametrize("damaged", [False, True])
def test_more_tiles_than_the_file_has_room_for_are_refused(tmp_path, damaged):
    write(tmp_path / "a.tif", stored(ASTRONAUT, "uint16"), photometric="rgb", tile=(64, 64))
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        tags = file.pages[0].tags
        for name, value in (("ImageWidth", 9000), ("ImageLength", 9000)):
            tags[name].overwrite(value)
        for name in ("TileWidth", "TileLength"):
            tags[name].overwrite(16)
    with pytest.raises(photo.PhotoError, match="no room for 316969 strips or tiles"):
        photo.read(tmp_path / "a.tif", damaged=damaged)


def test_tiles_of_single_pixels_are_refused_and_strips_of_single_rows_are_not(tmp_path):
    (tmp_path / "a.tif").write_bytes(bombs.tiny_tiles(300, 300))
    with pytest.raises(photo.PhotoError, match="its pixels are in 90000 tiny strips or tiles"):
        photo.read(tmp_path / "a.tif")
    # Small photos may have them.
    (tmp_path / "a.tif").write_bytes(bombs.tiny_tiles(20, 30))
    assert photo.read(tmp_path / "a.tif").pixels.shape == (30, 20)
    tall = np.zeros((66_000, 64, 1), np.uint16)
    write(tmp_path / "a.tif", tall, photometric="minisblack", rowsperstrip=1)
    assert photo.read(tmp_path / "a.tif").pixels.shape == (66_000, 64)
