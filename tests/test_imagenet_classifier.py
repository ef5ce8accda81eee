"""The classifier of ImageNet's classes that colours are measured with."""

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from kerascolor import efficientnet_lite, metrics
from tools import imagenet_classifier


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return efficientnet_lite.imagenet_classifier("efficientnet_lite0", 224)


@pytest.fixture(scope="module")
def weights(model, tmp_path_factory):
    """An npz like that of the true weights."""
    path = tmp_path_factory.mktemp("weights") / "lite0.npz"
    np.savez(path, **{variable.path: np.asarray(variable) for variable in model.variables})
    return path


def test_the_encoder_is_the_classifier_without_its_head(model, weights):
    encoder = efficientnet_lite.efficientnet_lite("efficientnet_lite0")
    efficientnet_lite.load_imagenet(encoder, weights)
    luminance = np.random.default_rng(0).random((1, 224, 224, 1), np.float32)
    rgb = np.repeat((255 * luminance - 127) / 128, 3, -1)
    features = keras.Model(model.input, model.get_layer("block7a_project_bn").output)(rgb)
    np.testing.assert_allclose(encoder(luminance)[-1], features, atol=1e-5)


def test_the_file_answers_as_the_model(model, weights, tmp_path):
    path = tmp_path / "classifier.tflite"
    imagenet_classifier.write("efficientnet_lite0", weights, path)
    assert list(tmp_path.iterdir()) == [path]
    photo = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    rgb = ((photo - np.float32(127)) / 128)[None]
    expected = np.asarray(model(rgb))
    given = Interpreter(str(path)).get_signature_runner("classify")(rgb=rgb)["predictions"]
    assert given.shape == (1, 1000)
    np.testing.assert_allclose(given, expected, atol=1e-4 * np.abs(expected).max())
    assert metrics.ImageClassifier(path)(photo) == expected.argmax()


def test_what_is_unusable_is_named_in_one_line(weights, tmp_path):
    torn = tmp_path / "torn.npz"
    torn.write_bytes(weights.read_bytes()[:1000])
    text = tmp_path / "text.npz"
    text.write_text("weights")
    cases = [
        ("efficientnet_lite0", tmp_path / "none.npz", "a.tflite", "none.npz"),
        ("efficientnet_lite0", torn, "a.tflite", "torn.npz is damaged"),
        ("efficientnet_lite0", text, "a.tflite", "text.npz is damaged"),
        ("efficientnet_lite1", weights, "a.tflite", "it is not for efficientnet_lite1"),
        ("efficientnet_lite0", weights, "a.npz", "ends in .tflite"),
    ]
    for encoder, npz, name, message in cases:
        with pytest.raises((ValueError, OSError), match=message) as error:
            imagenet_classifier.write(encoder, npz, tmp_path / name)
        assert "\n" not in str(error.value)
        assert not (tmp_path / name).exists()
