"""The plain baseline: a convolutional autoencoder from grey to RGB, without skips."""

import math

import keras

from kerascolor import color
from kerascolor.layers import mirrored_decoder, sigmoid_target, strided_encoder
from kerascolor.losses import TargetCrossEntropy
from kerascolor.models.base import ColorizerModel, TargetSpec

WIDTHS = (32, 64, 128, 256)
STRIDES = (1, 2, 1, 2, 1)
LEVELS = range(2, len(STRIDES) + 1)
LOSSES = ("mse", "crossentropy")


@keras.saving.register_keras_serializable("kerascolor")
class Autoencoder(ColorizerModel):
    """Squeezes the grey photo into a quarter of its size and paints the photo from that.

    Convolutions of 3x3 with strides 1, 2, 1, 2, 1 and ReLU, the same in reverse with transposed
    convolutions, and a sigmoid; for chroma it is scaled to [-1, 1].

    Args:
        color_space: "rgb" (the baseline's), "yuv" or "lab".
        loss: "mse", or "crossentropy" of each value scaled to [0, 1].
        widths: Channels of the encoder's convolutions, 2 to 5 of them.

    Input: luminance (N, H, W, 1) in [0, 1], H and W multiples of 4, with fewer than four
        convolutions of 2.
    Output: RGB (N, H, W, 3) in [0, 1], or chroma (N, H, W, 2) in [-1, 1].

    Raises:
        ValueError: An unknown colour space or loss, or a number of widths other than 2 to 5.

    Example:
        >>> model = Autoencoder()
        >>> model.compile("adam")
        >>> photos = kerascolor.data.photos("photos", color_space="rgb", training=True)
        >>> model.fit(photos, epochs=20)

    Reference:
        Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks",
        Science 2006.
    """

    def __init__(self, color_space="rgb", loss="mse", widths=WIDTHS):
        color.check_color_space(color_space)
        if loss not in LOSSES:
            raise ValueError(f"loss {loss!r} is unknown: use one of {', '.join(LOSSES)}")
        if len(widths) not in LEVELS:
            raise ValueError(f"widths has {len(widths)} levels: give {LEVELS[0]} to {LEVELS[-1]}")
        strides = STRIDES[: len(widths)]
        luminance = keras.Input((None, None, 1), name="luminance")
        x = strided_encoder(luminance, widths, strides)
        x = mirrored_decoder(x, widths, strides)
        x = sigmoid_target(x, color_space)
        super().__init__(luminance, x)
        self.target_spec = TargetSpec(color_space)
        self.size_multiple = math.prod(strides)
        self.config = {"color_space": color_space, "loss": loss, "widths": tuple(widths)}

    def default_loss(self):
        if self.config["loss"] == "mse":
            return keras.losses.MeanSquaredError()
        return TargetCrossEntropy(self.color_space)
