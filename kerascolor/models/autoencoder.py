"""The plain baseline: a convolutional autoencoder from grey to RGB, without skips."""

import keras

from kerascolor import color
from kerascolor.layers import mirrored_decoder, sigmoid_target, strided_encoder
from kerascolor.losses import TargetCrossEntropy
from kerascolor.models.base import ColorizerModel

WIDTHS = (32, 64, 128, 256)
STRIDES = (1, 2, 1, 2)
LOSSES = ("mse", "crossentropy")


@keras.saving.register_keras_serializable("kerascolor")
class Autoencoder(ColorizerModel):
    """Squeezes the grey photo into a quarter of its size and paints it anew.

    Convolutions of 3x3 with 32, 64, 128 and 256 channels, strides 1, 2, 1, 2 and ReLU, the same
    in reverse with transposed convolutions, and a sigmoid; for chroma it is scaled to [-1, 1].

    Args:
        color_space: "rgb" (the baseline's), "yuv" or "lab".
        loss: "mse", or "crossentropy" of each value scaled to [0, 1].
        widths: Channels of the encoder's convolutions.

    Input: luminance (N, H, W, 1) in [0, 1], H and W multiples of 4.
    Output: RGB (N, H, W, 3) in [0, 1], or chroma (N, H, W, 2) in [-1, 1].

    Raises:
        ValueError: An unknown colour space or loss.

    Example:
        >>> model = Autoencoder()
        >>> model.compile("adam")
        >>> photos = kerascolor.data.photos("photos", color_space="rgb", training=True)
        >>> model.fit(photos, epochs=20)

    Reference:
        Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks",
        Science 2006.
    """

    size_multiple = 4

    def __init__(self, color_space="rgb", loss="mse", widths=WIDTHS):
        color.check_color_space(color_space)
        if loss not in LOSSES:
            raise ValueError(f"loss {loss!r} is unknown: use one of {', '.join(LOSSES)}")
        luminance = keras.Input((None, None, 1), name="luminance")
        x = strided_encoder(luminance, widths, STRIDES)
        x = mirrored_decoder(x, widths, STRIDES)
        x = sigmoid_target(x, color_space)
        super().__init__(luminance, x)
        self.color_space = color_space
        self.config = {"color_space": color_space, "loss": loss, "widths": tuple(widths)}

    def default_loss(self):
        if self.config["loss"] == "mse":
            return keras.losses.MeanSquaredError()
        return TargetCrossEntropy(self.color_space)
