"""Colorization as classification over the quantized ab plane."""

import keras

from kerascolor import bins
from kerascolor.efficientnet_lite import efficientnet_lite, freeze
from kerascolor.layers import unet_decoder
from kerascolor.models.classifying import ClassifyingModel, logits_layer


@keras.saving.register_keras_serializable("kerascolor")
class BinClassifier(ClassifyingModel):
    """Predicts a distribution over colour bins at every fourth pixel, and its annealed mean.

    Args:
        encoder: EfficientNet-Lite variant, "efficientnet_lite0" to "efficientnet_lite2".
        widths: Channels of the decoder at strides 32, 16, 8 and 4.
        temperature: That of the annealed mean: 1 gives the mean, towards 0 the likeliest colour.
        rebalancing: Share of the uniform distribution in the rebalanced cross-entropy's prior, in
            (0, 1]; lower values give rare colours more weight.
        freeze_encoder: True keeps the encoder's weights as they are, which is better with fewer
            than some 100,000 photos; "early" lets its last two stages learn.

    Input: luminance (N, H, W, 1) in [0, 1], H and W multiples of 32.
    Output: Lab chroma (N, H, W, 2) in [-1, 1].

    Attributes:
        encoder: Model from luminance to features.
        logits: Model from luminance to logits (N, H / 4, W / 4, Q) over `bins.CENTERS`.

    Example:
        >>> model = BinClassifier.from_preset("classifier")
        >>> model.compile("adam")
        >>> model.fit(kerascolor.data.photos("photos", training=True), epochs=1)

    Reference:
        Zhang, Isola and Efros, "Colorful Image Colorization", ECCV 2016.
    """

    def __init__(
        self,
        encoder="efficientnet_lite0",
        widths=(256, 192, 128, 128),
        temperature=1.0,
        rebalancing=0.9,
        freeze_encoder=False,
    ):
        encoder_model = efficientnet_lite(encoder)
        freeze(encoder_model, freeze_encoder)
        luminance = keras.Input((None, None, 1), name="luminance")
        x = unet_decoder(encoder_model(luminance), widths)
        logits = keras.Model(luminance, logits_layer()(x), name="logits")
        super().__init__(logits, temperature)

        self.encoder = encoder_model
        self.config = {
            "encoder": encoder,
            "widths": tuple(widths),
            "temperature": temperature,
            "rebalancing": rebalancing,
            "freeze_encoder": freeze_encoder,
        }

    def colorize(self, luminance, temperature):
        chroma = bins.annealed_mean(self.logits(luminance, training=False), temperature)
        return self.upsample(chroma)
