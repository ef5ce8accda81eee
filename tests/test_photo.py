import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
from PIL import ImageCms

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
