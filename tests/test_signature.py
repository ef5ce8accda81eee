"""A new input of exported models is one entry in a table; an unknown one is an error."""

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

import kerascolor
from kerascolor import export, presets
from kerascolor.models import Autoencoder
from kerascolor.runtime import signature
from tools import golden

GREY = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1))


class Tinted(Autoencoder):
    """A model with an input that the package does not have."""

    def export_inputs(self, image_size):
        return {**super().export_inputs(image_size), "tint": (1, 3)}

    def colorize(self, luminance, tint):
        return self(luminance, training=False) * tint[:, None, None, :]


@pytest.fixture(scope="module")
def model():
    return Tinted(widths=(4, 4, 4, 4))


@pytest.fixture
def drawn(monkeypatch):
    """The tint in the table; gives the list of those that were drawn."""
    drawn = []

    def draw(shape, generator, description):
        drawn.append(generator.uniform(0.5, 1.0, shape).astype(np.float32))
        return drawn[-1]

    def neutral(shape, description):
        return np.full(shape, 0.5, np.float32)

    tint = signature.Input("tint", lambda description: "what is made up here", neutral, draw)
    monkeypatch.setitem(signature.INPUTS, "tint", tint)
    return drawn


def test_a_new_input_is_exported_proved_and_described(model, drawn, tmp_path):
    path = tmp_path / "tinted.tflite"
    export.tflite(model, path, image_size=32)
    details = Interpreter(str(path)).get_signature_runner("colorize").get_input_details()
    assert tuple(details["tint"]["shape"]) == (1, 3)
    assert len(drawn) == presets.describe(path)["proof"]["photos"] == 4
    assert "| `tint` | (1, 3) | what is made up here |" in path.with_suffix(".md").read_text()
    inputs, _ = golden.golden(path)
    np.testing.assert_array_equal(inputs["tint"], drawn[-1])
    shapes = {name: detail["shape"] for name, detail in details.items()}
    signature.check(shapes, {"rgb": (1, 32, 32, 3)}, "rgb")
    picture = kerascolor.load(path)(GREY)
    assert picture.shape == (64, 64, 3)


def test_a_new_input_is_calibrated(model, drawn, tmp_path):
    for index in range(100):
        PIL.Image.fromarray(np.roll(GREY, index)).convert("RGB").save(tmp_path / f"{index}.png")
    export.tflite(model, tmp_path / "tinted.tflite", "int8", tmp_path, 32)
    assert len(drawn) >= 100 + 16


def test_a_new_input_is_served(model, drawn, tmp_path):
    export.saved_model(model, tmp_path / "served", 32)
    signatures = tf.saved_model.load(tmp_path / "served").signatures
    luminance = tf.fill((2, 32, 32, 1), 0.5)
    rgb = signatures["serving_default"](luminance=luminance, tint=tf.zeros((2, 3)))["rgb"]
    assert np.abs(rgb).max() == 0
    # The photos have the neutral tint, and one brightness, whatever the model gives.
    photos = signatures["photos"](photos=tf.fill((2, 40, 40, 1), np.uint8(128)))["photos"]
    assert photos.shape == (2, 40, 40, 3)


def test_an_unknown_input_is_named(model, tmp_path):
    for write in (
        lambda: export.tflite(model, tmp_path / "tinted.tflite", image_size=32),
        lambda: export.saved_model(model, tmp_path / "served", 32),
    ):
        with pytest.raises(ValueError, match="the input 'tint' is unknown: kerascolor knows lumi"):
            write()
    assert not list(tmp_path.iterdir())


LUMINANCE = {"luminance": (1, 32, 32, 1)}
CHROMA = {"chroma": (1, 32, 32, 2)}


@pytest.mark.parametrize(
    ("inputs", "outputs", "space", "words"),
    [
        (LUMINANCE, CHROMA, "hsv", "colour space 'hsv' is unknown"),
        ({"noise": (1, 8)}, CHROMA, "lab", "no input 'luminance'"),
        ({**LUMINANCE, "tint": (1, 3)}, CHROMA, "lab", "input 'tint' is unknown"),
        (LUMINANCE, CHROMA, "rgb", "output is 'chroma': rgb needs 'rgb'"),
        (LUMINANCE, {**CHROMA, "rgb": (1, 32, 32, 3)}, "lab", "output is 'chroma', 'rgb'"),
        ({"luminance": (1, 32, 32)}, CHROMA, "lab", r"\(1, 32, 32\), not \(1, H, W, 1\)"),
        ({"luminance": (4, 32, 32, 1)}, CHROMA, "lab", "must be for one photo"),
        ({**LUMINANCE, "noise": (2, 8)}, CHROMA, "lab", "input 'noise' has the shape"),
        (LUMINANCE, {"chroma": (1, 8, 8, 2)}, "lab", r"'chroma' has the shape \(1, 8, 8, 2\), not"),
    ],
)
def test_a_file_of_another_signature_is_named(inputs, outputs, space, words):
    signature.check(LUMINANCE, CHROMA, "lab")
    with pytest.raises(ValueError, match=words) as error:
        signature.check(inputs, outputs, space)
    assert "\n" not in str(error.value)
