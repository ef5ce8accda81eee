import subprocess
import sys

import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
from conftest import write_tflite

import kerascolor
from kerascolor import color, photo
from kerascolor.runtime import colorizer, render, resample

ASTRONAUT = skimage.data.astronaut()
COFFEE = skimage.data.coffee()
GREY = skimage.data.camera()


def lab(pixels):
    white = np.float32(np.iinfo(pixels.dtype).max)
    rgb = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
    return cv2.cvtColor(rgb[..., :3] / white, cv2.COLOR_RGB2Lab)


def enlarge(pixels, factor):
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("shape", "result_shape"),
    [
        ((90, 120), (90, 120, 3)),
        ((90, 120, 1), (90, 120, 3)),
        ((90, 120, 3), (90, 120, 3)),
        ((90, 120, 4), (90, 120, 4)),
    ],
)
def test_arrays_give_arrays(toy, dtype, shape, result_shape):
    scale = 1 if dtype == np.uint8 else 257
    source = np.dstack([ASTRONAUT, GREY])[:90, :120].astype(dtype) * scale
    pixels = source[..., 0].reshape(shape) if len(shape) == 2 else source[..., : shape[2]]
    before = pixels.copy()
    result = toy(pixels)
    assert (result.shape, result.dtype) == (result_shape, dtype)
    np.testing.assert_array_equal(pixels, before)
    if len(shape) == 3 and shape[2] == 4:
        np.testing.assert_array_equal(result[..., 3], pixels[..., 3])


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_either_order_of_bytes_is_taken(toy, dtype):
    deep = ASTRONAUT[:90, :120].astype(np.uint16) * 257
    result = toy(deep.astype(dtype))
    np.testing.assert_array_equal(result, toy(deep))


@pytest.mark.parametrize(
    ("mode", "result_mode"),
    [
        ("1", "RGB"),
        ("L", "RGB"),
        ("LA", "RGBA"),
        ("P", "RGB"),
        ("RGB", "RGB"),
        ("RGBA", "RGBA"),
        ("CMYK", "RGB"),
        ("I;16", "RGB"),
    ],
)
def test_images_give_images(toy, mode, result_mode):
    image = PIL.Image.fromarray(GREY if mode == "I;16" else ASTRONAUT).convert(mode)
    result = toy(image)
    assert (result.mode, result.size) == (result_mode, image.size)


def test_a_path_gives_an_image(toy, tmp_path):
    PIL.Image.fromarray(GREY).save(tmp_path / "a.png")
    for path in (tmp_path / "a.png", str(tmp_path / "a.png")):
        np.testing.assert_array_equal(toy(path), toy(GREY))


def test_a_photo_keeps_what_it_had(toy):
    original = photo.Photo(GREY, GREY, exif=b"Exif\0\0", dpi=(300, 300), pages=2)
    result = toy(original)
    np.testing.assert_array_equal(result.pixels, toy(GREY))
    assert result.alpha is GREY
    assert (result.exif, result.dpi, result.pages) == (b"Exif\0\0", (300, 300), 2)


@pytest.mark.parametrize(
    ("settings", "a", "b"),
    [
        ({}, 0.5 / 4, 0.5 / 4),
        ({"temperature": 1.0}, 0.5 / 4, 1.0 / 4),
        ({"temperature": 1.0, "saturation": 0.5}, 0.25 / 4, 0.5 / 4),
    ],
)
@pytest.mark.parametrize("side", [64, 300, 1100, 2200])
def test_colors_are_the_models(toy, settings, a, b, side):
    grey = np.full((side, side), 119, np.uint8)  # L* 50
    result = lab(toy(grey, **settings))
    assert (result == result[0, 0]).all()
    np.testing.assert_allclose(result[0, 0], [50, 110 * a, 110 * b], atol=0.6)


def test_a_model_may_give_rgb(rgb_tflite):
    result = colorizer.Colorizer(rgb_tflite)(np.full((100, 100), 128, np.uint8))
    expected = 128 + 255 * (np.array([0.6, 0.4, 0.3]) - (0.6 * 0.299 + 0.4 * 0.587 + 0.3 * 0.114))
    np.testing.assert_allclose(result.mean(axis=(0, 1)), expected, atol=0.6)


@pytest.mark.parametrize("factor", [1, 2.3, 4.1])
@pytest.mark.parametrize("pixels", [GREY, COFFEE], ids=["grey", "rgb"])
@pytest.mark.parametrize("depth", [8, 16])
def test_luminance_is_the_photos(toy, pixels, factor, depth):
    pixels = enlarge(pixels, factor)
    if depth == 16:
        pixels = pixels.astype(np.uint16) * 257
    # Half of the toy's colour, which it gives to black as well, where there is none.
    result = toy(pixels, saturation=0.5)
    assert np.abs(lab(result)[..., 0] - lab(pixels)[..., 0]).mean() < 0.3


@pytest.mark.parametrize("shape", [(768, 800), (1001, 777), (1600, 1537)])
@pytest.mark.parametrize("pixels", [GREY, COFFEE], ids=["grey", "rgb"])
def test_a_jpeg_file_gets_the_same_colors(toy, tmp_path, pixels, shape):
    original = photo.Photo(cv2.resize(pixels, shape[::-1], interpolation=cv2.INTER_CUBIC))
    field = toy.predict(original)
    files = []
    for join in (render.render, render.render_planes):
        photo.write(join(field, original, saturation=0.5), tmp_path / "a.jpg")
        files.append(photo.read(tmp_path / "a.jpg").pixels.astype(np.float32))
    assert files[0].shape == (*shape, 3)
    assert np.abs(files[0] - files[1]).mean() < 1


@pytest.mark.parametrize("shape", [(768, 800), (1001, 777), (1600, 1537)])
def test_planes_are_those_of_the_rgb_photo(toy, shape):
    # Middle greys, whose colours nothing clips.
    original = photo.Photo(cv2.resize(GREY // 2 + 60, shape[::-1], interpolation=cv2.INTER_CUBIC))
    expected = cv2.cvtColor(toy(original, saturation=0.5).pixels, cv2.COLOR_RGB2YCrCb)
    planes = render.render_planes(toy.predict(original), original, saturation=0.5).planes
    assert np.abs(planes.luma.astype(int) - expected[..., 0]).max() <= 2
    for plane, channel in ((planes.red, 1), (planes.blue, 2)):
        near = cv2.resize(expected[..., channel], plane.shape[::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(plane.astype(int) - near).max() <= 4


@pytest.mark.parametrize(
    "original",
    [
        photo.Photo(GREY),
        photo.Photo(enlarge(GREY, 2).astype(np.uint16)),
        photo.Photo(enlarge(GREY, 2), alpha=enlarge(GREY, 2)),
    ],
    ids=["small", "16 bits", "alpha"],
)
def test_photos_that_have_no_planes(original):
    assert not render.has_planes(original)
    assert render.has_planes(photo.Photo(enlarge(GREY, 2)))


def test_a_prediction_is_rendered_as_a_call_does(toy):
    original = photo.Photo(enlarge(GREY, 2))
    field = toy.predict(original, temperature=0.7)
    assert field.chroma.shape == (*field.luminance.shape, 2)
    result = render.render(field, original, saturation=0.5)
    np.testing.assert_array_equal(result.pixels, toy(original, 0.7, 0.5).pixels)
    with pytest.raises(ValueError, match="toy takes no hints"):
        toy.predict(original, hints=[1.0])


@pytest.mark.parametrize("factor", [1, 3])
def test_no_saturation_leaves_a_grey_photo_as_it_is(toy, factor):
    grey = enlarge(GREY, factor)
    np.testing.assert_array_equal(toy(grey, saturation=0), np.dstack([grey] * 3))
    deep = grey.astype(np.uint16) * 257
    np.testing.assert_allclose(toy(deep, saturation=0), np.dstack([deep] * 3), atol=4)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 700), (700, 1), (3, 2000), (1025, 1031), (2049, 1100), (65, 63)]
)
def test_every_size_is_kept(toy, shape):
    pixels = np.tile(np.arange(shape[1], dtype=np.uint8), (shape[0], 1))
    result = toy(pixels)
    assert result.shape == (*shape, 3)
    # At every place, the border included, there is colour.
    assert (np.ptp(result.astype(int), axis=-1) > 2).all()


def test_threads_make_no_difference(toy_tflite, toy):
    grey = enlarge(GREY, 3)
    np.testing.assert_array_equal(colorizer.Colorizer(toy_tflite, threads=1)(grey), toy(grey))


def test_colors_at_lower_resolution_make_little_difference(toy, monkeypatch):
    grey = enlarge(skimage.data.camera(), 4)
    quick = toy(grey)
    monkeypatch.setattr(resample, "SIDE", 10_000)
    assert np.abs(quick.astype(int) - toy(grey)).mean() < 0.7


def true_chroma(size):
    """Coffee's luminance and chroma on a grid, and grey at its own size."""
    luminance, chroma = color.rgb_to_luminance_chroma(COFFEE / np.float32(255))
    grey = color.luminance_chroma_to_rgb(luminance, np.zeros_like(chroma))[..., 0]
    grey = np.rint(255 * grey).astype(np.uint8)
    grid = resample.luminance(resample.resize(grey, size, size), "lab")
    return grey, grid, cv2.resize(chroma, (size, size), interpolation=cv2.INTER_AREA)


def test_colors_follow_edges():
    grey, grid, chroma = true_chroma(100)

    def error(slope, offset):
        result = render.merge(grey, grey, slope, offset, "lab")
        return np.mean((result.astype(float) - COFFEE) ** 2)

    assert error(*render.follow(grid, chroma)) < 0.9 * error(np.zeros_like(chroma), chroma)


def test_on_its_own_grid_the_models_colors_stay():
    grey, grid, chroma = true_chroma(256)
    grey = resample.resize(grey, 256, 256)
    following = render.merge(grey, grey, *render.follow(grid, chroma), "lab")
    plain = render.merge(grey, grey, np.zeros_like(chroma), chroma, "lab")
    np.testing.assert_allclose(following, plain, atol=1)


def test_the_package_loads_no_more_than_is_used():
    program = (
        "import sys, kerascolor\n"
        "assert 'numpy' not in sys.modules\n"
        "assert kerascolor.__version__ and 'colorize' in dir(kerascolor)\n"
        "kerascolor.Colorizer, kerascolor.load, kerascolor.colorize\n"
        "from kerascolor import photo, color\n"
        "assert 'cv2' in sys.modules\n"
        "assert not {'tensorflow', 'keras', 'tqdm'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(AttributeError, match="nothing"):
        _ = kerascolor.nothing


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_the_preset_colorizes_photos(name):
    original = getattr(skimage.data, name)()
    grey = cv2.cvtColor(original, cv2.COLOR_RGB2GRAY)
    result = kerascolor.colorize(grey)
    difference = np.abs(lab(result)[..., 0] - lab(grey)[..., 0])
    assert difference.mean() < 0.3
    assert np.linalg.norm(lab(result)[..., 1:], axis=-1).mean() > 3
    # Less of its own colours than the photo has, but of the same kind.
    chroma, true = lab(result)[..., 1:].reshape(-1, 2), lab(original)[..., 1:].reshape(-1, 2)
    assert np.mean(chroma * true) > 0
    vivid = kerascolor.colorize(grey, temperature=0.2, saturation=1.5)
    assert np.linalg.norm(lab(vivid)[..., 1:], axis=-1).mean() > 5


def test_the_windows_of_a_long_photo_share_one_grid_of_noise(tmp_path):
    import tensorflow as tf

    def colorize(luminance, noise):
        return {"chroma": 0 * luminance + tf.repeat(tf.repeat(noise, 32, 1), 32, 2) / 8}

    shape = (1, 2, 2, 2)
    settings = {"inputs": ["luminance", "noise"], "noise": shape, "color_space": "lab"}
    path = write_tflite(tmp_path / "drawn.tflite", colorize, temperature=None, **settings)
    field = colorizer.Colorizer(path).draw(np.hstack([GREY] * 5), index=3, seed=1)
    noise = np.random.default_rng((1, 3)).standard_normal(shape, np.float32)[0]
    places = noise[:, np.arange(field.chroma.shape[1] // 32) % 2]
    assert places.shape[1] > 4
    expected = places.repeat(32, 0).repeat(32, 1) / 8
    np.testing.assert_allclose(field.chroma, expected, atol=1e-5)
