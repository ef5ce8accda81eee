"""EfficientNet-Lite, the on-device encoder: no squeeze-excite, ReLU6 throughout.

Tan and Le, "EfficientNet", ICML 2019; the Lite variants were published by Google in 2020.
"""

import math
import zipfile

import keras
import numpy as np
from keras import layers

from kerascolor.layers import BATCH_NORM_EPSILON, convolution_block

# Multipliers of width and depth.
VARIANTS = {
    "efficientnet_lite0": (1.0, 1.0),
    "efficientnet_lite1": (1.0, 1.1),
    "efficientnet_lite2": (1.1, 1.2),
}

# Repeats, kernel size, stride, expansion, filters of each stage.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
STEM_FILTERS = 32
# The head of the classifier of ImageNet's 1000 classes.
HEAD_FILTERS = 1280
CLASSES = 1000
SIZE_MULTIPLE = 32
STRIDE = 4  # The finest features'.
# The stages whose outputs close the strides 4, 8, 16 and 32.
FEATURE_STAGES = (2, 3, 5, 7)
# Those at stride 32, whose features are the furthest from pixels.
LATE_STAGES = ("block6", "block7")


def efficientnet_lite(variant):
    """The encoder as a model from luminance to features.

    Args:
        variant: One of `VARIANTS`.

    Returns:
        `keras.Model` from luminance (N, H, W, 1) in [0, 1], H and W multiples of 32, to a list of
        features at strides 4, 8, 16 and 32.

    Raises:
        ValueError: For an unknown variant.
    """
    if variant not in VARIANTS:
        raise ValueError(f"encoder {variant!r} is unknown: use one of {', '.join(VARIANTS)}")
    luminance = keras.Input((None, None, 1), name="luminance")
    # ImageNet's networks expect (rgb - 127) / 128, rgb in 0..255.
    x = layers.Rescaling(255 / 128, -127 / 128, name="centre")(luminance)
    x = layers.Concatenate(name="grey_rgb")([x, x, x])
    return keras.Model(luminance, _features(x, variant), name=variant)


def imagenet_classifier(variant, image_size):
    """The network that ImageNet's weights were trained in: from colour to 1000 classes.

    Args:
        variant: One of `VARIANTS`.
        image_size: Height and width.

    Returns:
        `keras.Model` from (rgb - 127) / 128, rgb (N, H, W, 3) in 0..255, to logits (N, 1000).
    """
    rgb = keras.Input((image_size, image_size, 3), name="rgb")
    x = _features(rgb, variant)[-1]
    x = convolution_block(x, HEAD_FILTERS, name="top")
    x = layers.GlobalAveragePooling2D(name="top_mean")(x)
    logits = layers.Dense(CLASSES, name="predictions")(x)
    return keras.Model(rgb, logits, name=variant)


def _features(rgb, variant):
    """Features at strides 4, 8, 16 and 32 of scaled RGB (N, H, W, 3)."""
    width, depth = VARIANTS[variant]
    x = convolution_block(rgb, STEM_FILTERS, 3, 2, name="stem")
    features = []
    for stage, (repeats, kernel_size, stride, expansion, filters) in enumerate(STAGES, 1):
        if stage not in (1, len(STAGES)):
            repeats = math.ceil(repeats * depth)
        filters = _round_filters(filters * width)
        for block in range(repeats):
            name = f"block{stage}{chr(ord('a') + block)}"
            strides = stride if block == 0 else 1
            x = _inverted_residual(x, kernel_size, strides, expansion, filters, name)
        if stage in FEATURE_STAGES:
            features.append(x)
    return features


def _round_filters(filters):
    """The nearest multiple of 8, never more than 10 % below."""
    rounded = max(8, int(filters + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * filters else rounded


def _inverted_residual(inputs, kernel_size, strides, expansion, filters, name):
    x = inputs
    if expansion > 1:
        x = convolution_block(x, expansion * inputs.shape[-1], name=f"{name}_expand")
    x = layers.DepthwiseConv2D(
        kernel_size, strides, padding="same", use_bias=False, name=f"{name}_dwconv"
    )(x)
    x = layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, name=f"{name}_bn")(x)
    x = layers.ReLU(6.0, name=f"{name}_relu6")(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, name=f"{name}_project_bn")(x)
    if strides == 1 and inputs.shape[-1] == filters:
        x = layers.Add(name=f"{name}_add")([inputs, x])
    return x


def freeze(encoder, what):
    """Keeps weights of an encoder as they are while the model learns.

    Args:
        what: False for none; True for all; "early" for the stem, the stages before the last two
            and all batch normalizations, whose statistics small batches would spoil.

    Raises:
        ValueError: Another value, or "early" for an encoder that has no such stages.
    """
    late = [layer for layer in encoder.layers if layer.name.startswith(LATE_STAGES)]
    if what not in (False, True) and (what != "early" or not late):
        choices = 'True, False or "early"' if late else "True or False"
        raise ValueError(f"freeze_encoder is {what!r}: for {encoder.name} use {choices}")
    encoder.trainable = what is not True
    if what == "early":
        for layer in encoder.layers:
            layer.trainable = layer in late and not isinstance(layer, layers.BatchNormalization)


def load_imagenet(encoder, path):
    """Sets the weights of an encoder, or of a classifier, from an npz of arrays LAYER/WEIGHT.

    Raises:
        ValueError: Where the file is damaged, lacks a weight of the encoder or has it in another
            shape.
    """
    try:
        file = np.load(path)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged or no npz of an encoder's weights") from error
    with file as arrays:
        for layer in encoder.layers:
            values = []
            for variable in layer.variables:
                name = f"{layer.name}/{variable.name}"
                if name not in arrays:
                    raise ValueError(f"{path} lacks {name}: it is not for {encoder.name}")
                value = arrays[name].astype(np.float32)
                if value.shape != tuple(variable.shape):
                    raise ValueError(
                        f"{path}: {name} has shape {value.shape}, {encoder.name} needs "
                        f"{tuple(variable.shape)}"
                    )
                values.append(value)
            layer.set_weights(values)
