"""The page's JavaScript computes what the package does in Python."""

import base64
import pathlib

import numpy as np
import pytest
import skimage

from kerascolor import color
from kerascolor.runtime import prepare, render, resample
from kerascolor.web import site
from tools import golden

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("browser_limit")]

GOLDEN = pathlib.Path(__file__).parents[1] / "docs" / "golden"


@pytest.fixture(scope="module")
def page(web_context, web_address):
    """A page of the same server that does nothing by itself."""
    opened = web_context.new_page()
    opened.goto("http://{}:{}/models.json".format(*web_address))
    yield opened
    opened.close()


def compute(page, module, expression, **arrays):
    """What an expression gives with a module's names, for float32 or uint8 arrays."""
    script = f"""async (texts) => {{
        const values = {{}};
        for (const [name, [text, kind]] of Object.entries(texts)) {{
            const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
            values[name] = kind === "float32" ? new Float32Array(bytes.buffer)
                : new Uint8ClampedArray(bytes.buffer);
        }}
        const module = await import("./js/{module}.js");
        const result = await ({expression})(module, values);
        return [...result];
    }}"""
    texts = {
        name: (base64.b64encode(array.tobytes()).decode(), str(array.dtype))
        for name, array in arrays.items()
    }
    return np.array(page.evaluate(script, texts), np.float32)


def rgba(pixels):
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def test_the_pixels_mathematics_is_pythons(page):
    photo = np.ascontiguousarray(skimage.data.astronaut()[:150, :201])
    height, width = photo.shape[:2]
    image = f"{{data: image, width: {width}, height: {height}}}"
    luminance = compute(
        page, "color", f"(module, {{image}}) => module.luminanceOf({image})", image=rgba(photo)
    )
    expected = resample.luminance(photo, "lab")
    assert np.abs(luminance.reshape(height, width) - expected).max() < 1e-5
    small = compute(
        page,
        "resample",
        f"(module, {{image}}) => module.resize({image}, 256, 90).data",
        image=rgba(photo),
    )
    assert np.abs(small.reshape(90, 256, 4)[..., :3] - resample.resize(photo, 90, 256)).max() <= 1
    half = compute(
        page, "resample", f"(module, {{image}}) => module.halve({image}).data", image=rgba(photo)
    )
    padded = np.pad(photo, ((0, 0), (0, 1), (0, 0)), "edge").astype(np.float64)
    means = padded.reshape(75, 2, 101, 2, 3).mean(axis=(1, 3))
    assert np.abs(half.reshape(75, 101, 4)[..., :3] - means).max() <= 0.5
    faded = 0.4 + 0.3 * expected
    stretched = compute(
        page, "prepare", "(module, {grid}) => module.stretch(grid)", grid=np.float32(faded)
    )
    assert np.abs(stretched.reshape(height, width) - prepare.stretch(faded)).max() < 1e-4


def test_colours_follow_luminance_as_in_python(page):
    random = np.random.default_rng(0)
    grid = random.random((24, 32), np.float32)
    chroma = random.uniform(-0.4, 0.4, (24, 32, 2)).astype(np.float32)
    photo = np.ascontiguousarray(skimage.data.cat()[:100, :120])
    lines = render.follow(grid, chroma)
    expected = render.merge(photo, photo, *lines, "lab")
    given = compute(
        page,
        "render",
        """(module, {grid, chroma, image}) => {
            const photo = {data: image, width: 120, height: 100};
            const lines = module.follow({width: 32, height: 24, luminance: grid}, chroma);
            module.addColors(photo, 0, module.colorDifference(photo, lines, 1), 1);
            return photo.data;
        }""",
        grid=grid,
        chroma=chroma,
        image=rgba(photo),
    )
    difference = np.abs(given.reshape(100, 120, 4)[..., :3] - expected)
    assert difference.max() <= 2 and difference.mean() < 0.1


def test_a_grid_of_noise_moves_with_the_windows(page):
    noise = np.random.default_rng(0).random((1, 4, 6, 3), np.float32)
    given = compute(
        page,
        "random",
        "(module, {noise}) => module.moved(noise, [1, 4, 6, 3], 0.5, 1.5)",
        noise=noise,
    )
    np.testing.assert_array_equal(given.reshape(noise.shape), np.roll(noise, (-2, -9), (1, 2)))


def test_the_tables_of_colour_are_exact(page):
    random = np.random.default_rng(0)
    luminance = random.random((40, 50, 1), np.float32)
    chroma = random.uniform(-1, 1, (40, 50, 2)).astype(np.float32)
    given = compute(
        page,
        "color",
        """(module, {luminance, chroma}) => {
            const rgb = new Float32Array(3 * luminance.length);
            luminance.forEach((light, i) =>
                module.writeRgb(light, chroma[2 * i], chroma[2 * i + 1], rgb, 3 * i));
            return rgb;
        }""",
        luminance=luminance,
        chroma=chroma,
    )
    expected = 255 * color.luminance_chroma_to_rgb(luminance, chroma)
    assert np.abs(given.reshape(40, 50, 3) - expected).max() < 0.05


def test_the_models_give_their_golden_output(page):
    for name in site.MODELS:
        check_golden(page, name)


def check_golden(page, name):
    with np.load(GOLDEN / f"{name}.npz") as file:
        arrays = {key: file[key] for key in file if key != "tflite_sha256"}
    expected = arrays.pop("chroma")
    given = compute(
        page,
        "model",
        f"""async ({{Model}}, {{luminance, temperature, noise}}) => {{
            const models = await (await fetch("models.json")).json();
            const model = await Model.load(models.find(({{name}}) => name === "{name}"));
            return model.run(luminance, {{temperature: temperature?.[0], noise}});
        }}""",
        **arrays,
    )
    mean, percentile = golden.difference(given.reshape(expected.shape), expected)
    assert mean <= golden.MEAN_TOLERANCE and percentile <= golden.PERCENTILE_TOLERANCE
