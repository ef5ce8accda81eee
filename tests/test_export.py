"""Exported files: what is in them, that they give the model's colours, and what fails how."""

import json
import subprocess
import sys

import keras
import numpy as np
import PIL.Image
import pytest
import skimage
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from small_models import SMALL, SMALL_MODELS

import kerascolor
from kerascolor import export, models, presets
from kerascolor.export import ExportError, proof, quantize
from kerascolor.models import Autoencoder, BinClassifier


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder of 100 small photos."""
    folder = tmp_path_factory.mktemp("photos")
    generator = np.random.default_rng(0)
    for index in range(100):
        pixels = getattr(skimage.data, ("astronaut", "chelsea", "coffee", "rocket")[index % 4])()
        top, left = (generator.integers(size - 128) for size in pixels.shape[:2])
        crop = pixels[top : top + 128, left : left + 128]
        PIL.Image.fromarray(crop).save(folder / f"{index}.jpg")
    return folder


def settled(model, size=64):
    """The model with batch statistics and muted colours, like those of a trained one.

    New ones leave int8 no range, or have such vivid colours that small errors weigh heavily.
    """
    luminance = np.random.default_rng(0).uniform(size=(8, size, size, 1)).astype(np.float32)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
        if layer.name in ("chroma", "target") and layer.weights:
            layer.kernel.assign(0.1 * layer.kernel)
    model(luminance, training=True)
    return model


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return settled(BinClassifier(**SMALL, temperature=0.5))


@pytest.fixture(scope="module")
def int8_file(classifier, photos, tmp_path_factory):
    """The classifier in int8."""
    path = tmp_path_factory.mktemp("int8") / "small.tflite"
    options = export.Options(licence="CC0-1.0", training_data="four photos")
    export.tflite(classifier, path, "int8", photos, 64, options)
    return path


@pytest.fixture
def autoencoder():
    keras.utils.set_random_seed(0)
    return Autoencoder(widths=(8, 8, 8, 8))


def test_int8_has_a_named_signature_of_fixed_size_in_float32(int8_file):
    interpreter = Interpreter(str(int8_file))
    assert interpreter.get_signature_list() == {
        "colorize": {"inputs": ["luminance", "temperature"], "outputs": ["chroma"]}
    }
    runner = interpreter.get_signature_runner("colorize")
    details = {**runner.get_input_details(), **runner.get_output_details()}
    shapes = {name: tuple(detail["shape"]) for name, detail in details.items()}
    assert shapes == {"luminance": (1, 64, 64, 1), "temperature": (1,), "chroma": (1, 64, 64, 2)}
    assert {detail["dtype"] for detail in details.values()} == {np.float32}


def test_int8_gives_the_models_colours_at_any_temperature(int8_file, classifier):
    runner = Interpreter(str(int8_file)).get_signature_runner("colorize")
    luminance = np.random.default_rng(1).uniform(size=(1, 64, 64, 1)).astype(np.float32)
    results = []
    for temperature in (0.3, 2.0):
        inputs = {"luminance": luminance, "temperature": np.array([temperature], np.float32)}
        results.append(runner(**inputs)["chroma"])
        np.testing.assert_allclose(results[-1], classifier.colorize(**inputs), atol=0.05)
    assert np.abs(results[0] - results[1]).max() > 0.1


def test_metadata_stands_in_the_file_beside_it_and_in_the_card(int8_file, classifier):
    description = presets.describe(int8_file)
    expected = {
        "name": "small",
        "version": kerascolor.__version__,
        "model": "BinClassifier",
        "color_space": "lab",
        "image_size": [64, 64],
        "quantization": "int8",
        "temperature": 0.5,
        "licence": "CC0-1.0",
        "training_data": "four photos",
    }
    assert {name: description[name] for name in expected} == expected
    assert len(description["weights_sha256"]) == 64
    assert json.loads(int8_file.with_suffix(".json").read_text()) == description
    card = int8_file.with_suffix(".md").read_text()
    for words in (
        "CC0-1.0",
        "four photos",
        "(1, 64, 64, 1)",
        "CIE L*",
        description["weights_sha256"],
    ):
        assert words in card


def test_proof_tells_quality_and_what_xnnpack_leaves(int8_file):
    figures = presets.describe(int8_file)["proof"]
    assert figures["psnr"] >= figures["threshold"] == 40
    assert figures["lowest_psnr"] <= figures["psnr"]
    assert 0 < figures["ciede2000_99th_percentile"] <= figures["largest_ciede2000"]
    assert figures["not_on_xnnpack"] == {}


def test_the_command_takes_the_file(int8_file):
    picture = kerascolor.colorize(skimage.data.camera()[:100, :80], model=str(int8_file))
    assert picture.shape == (100, 80, 3)


def test_rgb_models_export(autoencoder, tmp_path):
    path = tmp_path / "rgb.tflite"
    description = export.tflite(autoencoder, path, image_size=(32, 48))
    assert description["color_space"] == "rgb"
    assert description["temperature"] is None
    luminance = np.random.default_rng(1).uniform(size=(1, 32, 48, 1)).astype(np.float32)
    runner = Interpreter(str(path)).get_signature_runner("colorize")
    wanted = autoencoder.predict(luminance, verbose=0)
    np.testing.assert_allclose(runner(luminance=luminance)["rgb"], wanted, atol=1e-4)


def test_noise_is_an_input(tmp_path):
    model = models.VAE(latent_size=8, image_size=32)
    path = tmp_path / "vae.tflite"
    export.tflite(model, path, "dynamic", image_size=32)
    runner = Interpreter(str(path)).get_signature_runner("colorize")
    assert tuple(runner.get_input_details()["noise"]["shape"]) == (1, 8)


def test_dynamic_quantization_is_of_large_kernels(tmp_path):
    model = models.MODELS["unet"](encoder=None, widths=(16, 64, 128))
    path = tmp_path / "unet.tflite"
    export.tflite(model, path, "dynamic", image_size=32)
    interpreter = Interpreter(str(path))
    tensors = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    convolutions = [o for o in interpreter._get_ops_details() if o["op_name"] == "CONV_2D"]
    kernels = [tensors[operation["inputs"][1]] for operation in convolutions]
    kernels = {int(np.prod(kernel["shape"])): kernel["dtype"] for kernel in kernels}
    assert len(set(kernels.values())) == 2
    for size, dtype in kernels.items():
        assert (dtype == np.int8) == (size >= quantize.SMALLEST_DYNAMIC_KERNEL)


def test_half_precision_models_export_in_float32(tmp_path):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = Autoencoder(widths=(8, 8, 8, 8))
    finally:
        keras.config.set_dtype_policy("float32")
    path = tmp_path / "half.tflite"
    export.tflite(model, path, image_size=32)
    luminance = np.full((1, 32, 32, 1), 0.5, np.float32)
    runner = Interpreter(str(path)).get_signature_runner("colorize")
    np.testing.assert_allclose(runner(luminance=luminance)["rgb"], model(luminance), atol=0.01)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"quantization": "int8"}, "at least 100 photos"),
        ({"quantization": "int4"}, "'int4' is unknown"),
        ({"image_size": 30}, "multiples of 4"),
        ({"path": "mine.bin"}, "ends in .tflite"),
    ],
)
def test_what_can_not_be_exported_is_said_at_once(autoencoder, tmp_path, arguments, words):
    path = tmp_path / arguments.pop("path", "mine.tflite")
    with pytest.raises(ExportError, match=words):
        export.tflite(autoencoder, path, **{"image_size": 32, **arguments})
    assert not list(tmp_path.iterdir())


def test_fewer_than_100_photos_are_no_calibration(autoencoder, photo_folder, tmp_path):
    with pytest.raises(ExportError, match=r"has 8 .* at least 100"):
        export.tflite(autoencoder, tmp_path / "mine.tflite", "int8", photo_folder, 32)
    assert not list(tmp_path.glob("*mine*"))


def test_unreadable_photos_do_not_count(autoencoder, photos, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for photo in photos.iterdir():
        (folder / photo.name).write_bytes(photo.read_bytes() if photo.stem != "7" else b"no photo")
    with pytest.raises(ExportError, match=r"has 99 readable .* at least 100"):
        export.tflite(autoencoder, tmp_path / "mine.tflite", "int8", folder, 32)


class Inverting(Autoencoder):
    """Needs an operation that LiteRT lacks."""

    def colorize(self, luminance):
        return self(luminance, training=False) + tf.linalg.inv(luminance[:, :, :, 0])[..., None]


def test_operations_that_litert_lacks_are_named(tmp_path):
    with pytest.raises(ExportError, match="tf.MatrixInverse"):
        export.tflite(Inverting(widths=(4, 4, 4, 4)), tmp_path / "mine.tflite", image_size=16)
    assert not list(tmp_path.iterdir())


def test_poor_quality_leaves_no_file(autoencoder, tmp_path, monkeypatch):
    monkeypatch.setitem(proof.THRESHOLDS, "float16", 200.0)
    with pytest.raises(ExportError, match="below 200"):
        export.tflite(autoencoder, tmp_path / "mine.tflite", "float16", image_size=32)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(tmp_path, value):
    model = Autoencoder(widths=(4, 4, 4, 4))
    model.weights[0].assign(np.full(model.weights[0].shape, value))
    for write in (export.saved_model, export.tflite):
        with pytest.raises(ExportError, match="of the Autoencoder are not finite: train it again"):
            write(model, tmp_path / "mine.tflite", image_size=16)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_export_leaves_what_was_there(autoencoder, tmp_path, monkeypatch, error):
    path = tmp_path / "mine.tflite"
    path.write_bytes(b"an earlier export")

    def interrupted(*_, **__):
        raise error

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(error):
        export.tflite(autoencoder, path, image_size=32)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"an earlier export"


SERVE = """
import sys
sys.modules["kerascolor"] = None
import numpy as np, tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
inputs = {"luminance": tf.zeros((2, 64, 64, 1)), "temperature": tf.ones(1)}
assert loaded.signatures["serving_default"](**inputs)["chroma"].shape == (2, 64, 64, 2)
grey = np.random.default_rng(0).integers(0, 256, (2, 50, 70, 1)).astype(np.uint8)
run = loaded.signatures["photos"]
results = [run(photos=tf.constant(p))["photos"].numpy() for p in (grey, np.repeat(grey, 3, 3))]
assert results[0].dtype == np.uint8 and results[0].shape == (2, 50, 70, 3)
np.testing.assert_array_equal(*results)
print(results[0].std(axis=-1).mean())
"""


def test_saved_model_serves_without_the_package(classifier, tmp_path):
    export.saved_model(classifier, tmp_path / "served", 64)
    process = run("-c", SERVE, tmp_path / "served")
    assert process.returncode == 0, process.stderr
    assert float(process.stdout) > 0.5, "the photos have no colour"


def test_saved_model_of_rgb_keeps_the_photos_luminance(autoencoder, tmp_path):
    export.saved_model(autoencoder, tmp_path / "served", 32)
    serve = tf.saved_model.load(tmp_path / "served").signatures["photos"]
    grey = np.full((1, 40, 40, 1), 128, np.uint8)
    rgb = serve(photos=tf.constant(grey))["photos"].numpy()
    assert np.abs(rgb @ np.array([0.299, 0.587, 0.114]) - 128).max() < 1.5


def test_saved_model_overwrites_nothing(autoencoder, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ExportError, match="not empty"):
        export.saved_model(autoencoder, tmp_path, 32)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def run(*arguments):
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_tflite_program(autoencoder, photos, tmp_path):
    models.save_weights(autoencoder, tmp_path / "model.weights.h5")
    program = ("-m", "kerascolor.export", "--model", tmp_path / "model.weights.h5")
    target = tmp_path / "mine.tflite"
    options = ("--output", target, "--quantization", "int8", "--calibration", photos)
    process = run(*program, *options, "--image_size", 128)
    assert process.returncode == 0, process.stderr
    assert "operations on XNNPACK" in process.stdout
    assert presets.describe(target)["image_size"] == [128, 128]


def test_programs_say_in_one_line_what_is_wrong(tmp_path):
    process = run("-m", "kerascolor.export", "--model", "no", "--output", tmp_path / "a.tflite")
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].startswith("kerascolor.export: no preset")
    assert "Traceback" not in process.stderr


@pytest.mark.slow
@pytest.mark.parametrize("quantization", proof.THRESHOLDS)
@pytest.mark.parametrize("name", SMALL_MODELS)
def test_every_model_exports_in_every_mode(name, quantization, photos, tmp_path):
    keras.utils.set_random_seed(0)
    kind, config = SMALL_MODELS[name]
    # A frozen encoder would keep new batch statistics, which leave int8 no range.
    config = {key: value for key, value in config.items() if key != "freeze_encoder"}
    model = settled(models.MODELS[kind](**config))
    description = export.tflite(model, tmp_path / "a.tflite", quantization, photos, 64)
    if quantization == "int8":
        # XNNPACK leaves three of the hints' conversions to 8 bits to LiteRT.
        left = {"QUANTIZE": 3} if model.takes_hints else {}
        assert description["proof"]["not_on_xnnpack"] == left
