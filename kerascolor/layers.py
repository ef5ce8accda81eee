"""Blocks that more than one model uses, as functions from Keras tensors to Keras tensors.

Only operations that run in int8 on XNNPACK: convolutions with fused ReLU6, bilinear upsampling,
means, sums and concatenations.
"""

import keras
from keras import layers, ops

from kerascolor import bins, color

BATCH_NORM_EPSILON = 1e-3


def convolution_block(x, width, kernel_size=1, strides=1, name=None):
    """Convolution without bias, batch normalization, ReLU6."""
    x = layers.Conv2D(
        width, kernel_size, strides, padding="same", use_bias=False, name=f"{name}_conv"
    )(x)
    x = layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu6")(x)


def separable_block(x, width, name):
    """3x3 depthwise then 1x1 convolution, batch normalization, ReLU6."""
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{name}_dwconv")(x)
    return convolution_block(x, width, name=name)


def global_context(x, name):
    """Adds to every pixel a projection of the image-wide mean, as in ParseNet (Liu et al. 2015)."""
    width = x.shape[-1]
    mean = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_mean")(x)
    mean = layers.Conv2D(width, 1, activation="relu6", name=f"{name}_squeeze")(mean)
    mean = layers.Conv2D(width, 1, name=f"{name}_project")(mean)
    return layers.Add(name=f"{name}_add")([x, mean])


def unet_decoder(features, widths, dropout=0.0, latent=None):
    """The last of `decoder_levels`: one map at the finest feature's size."""
    return decoder_levels(features, widths, dropout, latent)[-1]


def decoder_levels(features, widths, dropout=0.0, latent=None, prefix=""):
    """From the features of an encoder, fine to coarse, to a map at each of their sizes.

    Args:
        features: List of (N, H / s, W / s, C) tensors, each half the size of the one before.
        widths: Channels at each size, coarse to fine, as many as there are features.
        dropout: Share of the activations dropped at the two sizes after the coarsest.
        latent: Tensor (N, D), or a grid (N, h', w', D) of the coarsest feature's size, that
            shifts the channels at the two coarsest sizes; or None.
        prefix: What the layers' names begin with.

    Returns:
        List of tensors (N, h, w, width), coarse to fine.
    """
    *skips, x = features
    x = convolution_block(x, widths[0], name=f"{prefix}bottleneck")
    x = global_context(x, f"{prefix}context")
    if latent is not None:
        x = shift_channels(x, latent, f"{prefix}bottleneck_latent")
    levels = [x]
    for level, (skip, width) in enumerate(zip(reversed(skips), widths[1:], strict=True), 1):
        name = f"{prefix}decoder{level}"
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_upsample")(x)
        x = layers.Concatenate(name=f"{name}_skip")([x, skip])
        x = convolution_block(x, width, name=f"{name}_merge")
        if latent is not None and level == 1:
            x = shift_channels(x, latent, f"{name}_latent", enlarge=2)
        x = separable_block(x, width, f"{name}_first")
        x = layers.Add(name=f"{name}_residual")([x, separable_block(x, width, f"{name}_second")])
        if dropout and level <= 2:
            x = layers.Dropout(dropout, name=f"{name}_dropout")(x)
        levels.append(x)
    return levels


def shift_channels(x, latent, name, enlarge=1):
    """Adds to every pixel of x (N, H, W, C) a projection of what is latent.

    Args:
        latent: A vector (N, D) for all pixels, or a grid (N, H / enlarge, W / enlarge, D) of which
            each pixel sees the places around it.
        enlarge: By how much the grid is enlarged.
    """
    shift = dense(latent, x.shape[-1], 3, name=f"{name}_project")
    if len(latent.shape) == 2:
        shift = layers.Reshape((1, 1, x.shape[-1]), name=f"{name}_reshape")(shift)
    elif enlarge > 1:
        shift = layers.UpSampling2D(enlarge, interpolation="bilinear", name=f"{name}_up")(shift)
    return layers.Add(name=f"{name}_add")([x, shift])


def dense(x, width, kernel_size=1, **settings):
    """A fully connected layer on a vector (N, C), a convolution on a grid (N, h, w, C)."""
    if len(x.shape) == 2:
        return layers.Dense(width, **settings)(x)
    return layers.Conv2D(width, kernel_size, padding="same", **settings)(x)


def strided_encoder(x, widths, strides):
    """3x3 convolutions with ReLU, one for each width."""
    for level, (width, stride) in enumerate(zip(widths, strides, strict=True)):
        x = layers.Conv2D(
            width, 3, stride, padding="same", activation="relu", name=f"encoder{level}"
        )(x)
    return x


def mirrored_decoder(x, widths, strides):
    """`strided_encoder` in reverse, with transposed convolutions."""
    for level, (width, stride) in reversed(list(enumerate(zip(widths, strides, strict=True)))):
        x = layers.Conv2DTranspose(
            width, 3, stride, padding="same", activation="relu", name=f"decoder{level}"
        )(x)
    return x


def sigmoid_target(x, color_space):
    """3x3 convolution and sigmoid to RGB in [0, 1], or scaled to chroma in [-1, 1]."""
    channels = color.TARGET_CHANNELS[color_space]
    x = layers.Conv2D(
        channels,
        3,
        padding="same",
        activation="sigmoid",
        kernel_initializer="zeros",  # To start from mid-grey, not from a saturated sigmoid.
        name="target",
        dtype="float32",
    )(x)
    if channels == 3:
        return x
    return layers.Rescaling(2.0, -1.0, name="chroma", dtype="float32")(x)


@keras.saving.register_keras_serializable("kerascolor")
class AnnealedMean(layers.Layer):
    """Logits (..., Q) over the ab bins to their annealed mean, chroma (..., 2) in [-1, 1].

    Args:
        temperature: 1 for the mean of the distribution, towards 0 for its mode.
    """

    def __init__(self, temperature=1.0, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature

    def call(self, logits):
        return bins.annealed_mean(ops.cast(logits, "float32"), self.temperature)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}
