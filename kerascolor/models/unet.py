"""Colorization as regression: encoder-decoder with skip connections."""

import keras
from keras import layers

from kerascolor import color
from kerascolor.efficientnet_lite import SIZE_MULTIPLE, STRIDE, efficientnet_lite, freeze
from kerascolor.layers import convolution_block, unet_decoder
from kerascolor.models.base import ColorizerModel, TargetSpec

LOSSES = ("l1", "l2", "huber")
HUBER_DELTA = 0.1  # In units of scaled chroma: 11 in Lab's a and b.


@keras.saving.register_keras_serializable("kerascolor")
class UNet(ColorizerModel):
    """Regresses chroma, or RGB from infrared, with an encoder, a decoder, and skips between them.

    Args:
        encoder: EfficientNet-Lite variant, or None for the classic encoder: two 3x3 convolutions
            and a halving per width.
        widths: With an EfficientNet-Lite encoder, channels of the decoder at strides 32, 16, 8
            and 4; without one, channels at strides 1, 2, 4 and so on.
        color_space: "lab" or "yuv"; "visible" for infrared.
        loss: "l1", "l2" or "huber".
        dropout: Share of the activations that training drops at coarse sizes.
        freeze_encoder: True keeps the encoder's weights as they are, which is better with fewer
            than some 100,000 photos; "early" lets its last two stages learn.

    Input: luminance (N, H, W, 1) in [0, 1], H and W multiples of 32, or, without an
        EfficientNet-Lite encoder, of 2 to the number of widths less one.
    Output: chroma (N, H, W, 2) in [-1, 1], or RGB (N, H, W, 3) in [0, 1] with "visible".

    Raises:
        ValueError: An unknown encoder, colour space or loss.

    Example:
        >>> model = UNet(encoder=None, widths=(32, 64, 128, 256), loss="l2")
        >>> model.compile("adam")
        >>> model.fit(kerascolor.data.photos("photos", training=True), epochs=20)

    Reference:
        Ronneberger, Fischer and Brox, "U-Net", MICCAI 2015.
    """

    def __init__(
        self,
        encoder="efficientnet_lite0",
        widths=(256, 192, 128, 128),
        color_space="lab",
        loss="l1",
        dropout=0.0,
        freeze_encoder=False,
    ):
        color.check_color_space(color_space, ("lab", "yuv", "visible"))
        target_spec = TargetSpec(color_space)
        if loss not in LOSSES:
            raise ValueError(f"loss {loss!r} is unknown: use one of {', '.join(LOSSES)}")
        luminance = keras.Input((None, None, 1), name="luminance")
        if encoder is None:
            encoder_model = _classic_encoder(widths)
            decoder_widths, stride = tuple(reversed(widths)), 1
        else:
            encoder_model = efficientnet_lite(encoder)
            decoder_widths, stride = widths, STRIDE

        freeze(encoder_model, freeze_encoder)
        x = unet_decoder(encoder_model(luminance), decoder_widths, dropout)
        x = layers.Conv2D(
            target_spec.channels,
            1,
            activation="sigmoid" if target_spec.name == "rgb" else "tanh",
            # So that training starts from grey and not from a saturated activation.
            kernel_initializer="zeros",
            name=target_spec.name,
            dtype="float32",
        )(x)
        if stride > 1:
            x = layers.UpSampling2D(stride, interpolation="bilinear", dtype="float32")(x)
        super().__init__(luminance, x)

        self.encoder = encoder_model
        self.target_spec = target_spec
        self.size_multiple = SIZE_MULTIPLE if encoder else 2 ** (len(widths) - 1)
        self.config = {
            "encoder": encoder,
            "widths": tuple(widths),
            "color_space": color_space,
            "loss": loss,
            "dropout": dropout,
            "freeze_encoder": freeze_encoder,
        }

    def default_loss(self):
        return {
            "l1": keras.losses.MeanAbsoluteError(),
            "l2": keras.losses.MeanSquaredError(),
            "huber": keras.losses.Huber(HUBER_DELTA),
        }[self.config["loss"]]


def _classic_encoder(widths):
    """Model from luminance to features at strides 1, 2, 4 and so on, one for each width."""
    luminance = keras.Input((None, None, 1), name="luminance")
    # Centred, so that int8 loses little at the first convolution.
    x = layers.Rescaling(2.0, -1.0, name="centre")(luminance)
    features = []
    for level, width in enumerate(widths):
        name = f"encoder{level}"
        x = convolution_block(x, width, 3, 1 if level == 0 else 2, name=f"{name}_first")
        x = convolution_block(x, width, 3, name=f"{name}_second")
        features.append(x)
    return keras.Model(luminance, features, name="classic_encoder")
