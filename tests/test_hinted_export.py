"""Exported files of the hinted classifier."""

import keras
import numpy as np
import PIL.Image
import pytest
import skimage
from ai_edge_litert.interpreter import Interpreter
from small_models import SMALL

import kerascolor
from kerascolor import bins, export
from kerascolor.models import BinClassifier, HintedClassifier


@pytest.fixture(scope="module")
def base():
    """A classifier with batch statistics, like those of a trained one."""
    keras.utils.set_random_seed(0)
    model = BinClassifier(**SMALL, temperature=0.5)
    return settled(model, {})


@pytest.fixture(scope="module")
def hinted(base):
    model = HintedClassifier(**SMALL, hint_widths=SMALL["widths"], temperature=0.5)
    model.start_from(base)
    kernel = model.logits.get_layer("hint_correction").kernel
    kernel.assign(np.random.default_rng(0).normal(0, 0.1, kernel.shape))
    inputs = {
        "hints": np.zeros((8, 64, 64, 3), np.float32),
        "palette": np.zeros((8, bins.COUNT + 1), np.float32),
    }
    inputs["hints"][:, 10:60:7, 30] = [0.3, -0.2, 1]
    return settled(model, inputs)


def settled(model, inputs):
    luminance = np.random.default_rng(0).uniform(size=(8, 64, 64, 1)).astype(np.float32)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model({"luminance": luminance, **inputs} if inputs else luminance, training=True)
    return model


def runner(path):
    return Interpreter(str(path)).get_signature_runner("colorize")


def neutral_inputs(luminance):
    return {
        "luminance": luminance,
        "temperature": np.full(1, 0.5, np.float32),
        "hints": np.zeros((1, 64, 64, 3), np.float32),
        "palette": np.zeros((1, bins.COUNT + 1), np.float32),
    }


@pytest.fixture
def luminance():
    return np.random.default_rng(1).random((1, 64, 64, 1), np.float32)


def test_a_file_gives_the_models_colors_and_without_hints_the_classifiers(
    base, hinted, luminance, tmp_path
):
    path = tmp_path / "hinted.tflite"
    # The proof draws hints and palettes.
    export.tflite(hinted, path, image_size=64)
    inputs = neutral_inputs(luminance)
    found = runner(path)(**inputs)
    assert found["logits"].shape == (1, 16, 16, bins.COUNT)
    np.testing.assert_allclose(found["chroma"], base(luminance), atol=1e-4)
    card = path.with_suffix(".md").read_text()
    for words in ("| `hints` | (1, 64, 64, 3) | a* / 110", "| `palette` |", "| output `logits` |"):
        assert words in card
    colorizer = kerascolor.load(path)
    assert colorizer.takes_hints and colorizer.takes_temperature
    grey = np.rint(255 * luminance[0, ..., 0]).astype(np.uint8)
    assert 1 <= len(colorizer.distribution(grey, 5, 6, hints=[(20, 30, "teal")])) <= 9


@pytest.mark.slow
def test_in_int8_hints_cost_the_classifier_nothing(base, hinted, luminance, tmp_path):
    generator = np.random.default_rng(0)
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(100):
        top, left = generator.integers(300, size=2)
        crop = skimage.data.astronaut()[top : top + 96, left : left + 96]
        PIL.Image.fromarray(crop).save(photos / f"{index}.jpg")
    chroma = {}
    for name, model in (("base", base), ("hinted", hinted)):
        path = tmp_path / f"{name}.tflite"
        export.tflite(model, path, "int8", photos, 64)
        run = runner(path)
        inputs = {key: neutral_inputs(luminance)[key] for key in run.get_input_details()}
        chroma[name] = run(**inputs)["chroma"]
    wanted = np.asarray(base(luminance))
    errors = {name: np.abs(found - wanted).mean() for name, found in chroma.items()}
    assert errors["hinted"] < 1.2 * errors["base"] + 1e-3
