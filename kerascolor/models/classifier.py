"""Colorization as classification over the quantized ab plane."""

import contextlib

import keras
from keras import layers

from kerascolor import bins
from kerascolor.efficientnet_lite import SIZE_MULTIPLE, STRIDE, efficientnet_lite, freeze
from kerascolor.layers import AnnealedMean, unet_decoder
from kerascolor.losses import RebalancedCrossEntropy
from kerascolor.models.base import ColorizerModel


@keras.saving.register_keras_serializable("kerascolor")
class BinClassifier(ColorizerModel):
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

    size_multiple = SIZE_MULTIPLE
    takes_temperature = True
    gives = ("prediction", "logits")
    _gives_logits = False

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
        x = layers.Conv2D(bins.COUNT, 1, name="logits", dtype="float32")(x)
        logits = keras.Model(luminance, x, name="logits")

        annealed_mean = AnnealedMean(temperature, dtype="float32")
        upsample = layers.UpSampling2D(STRIDE, interpolation="bilinear", dtype="float32")
        super().__init__(luminance, upsample(annealed_mean(logits(luminance))))

        self.encoder = encoder_model
        self.logits = logits
        self.annealed_mean = annealed_mean
        self.upsample = upsample
        self.config = {
            "encoder": encoder,
            "widths": tuple(widths),
            "temperature": temperature,
            "rebalancing": rebalancing,
            "freeze_encoder": freeze_encoder,
        }

    def call(self, inputs, training=None, mask=None):
        logits = self.logits(inputs, training=training)
        chroma = self.upsample(self.annealed_mean(logits))
        return {"prediction": chroma, "logits": logits} if self._gives_logits else chroma

    @contextlib.contextmanager
    def _with_logits(self):
        """Lets `call` give the logits too, which the loss of a step judges."""
        self._gives_logits = True
        try:
            yield
        finally:
            self._gives_logits = False

    def train_step(self, *args):
        with self._with_logits():
            return super().train_step(*args)

    def test_step(self, *args):
        with self._with_logits():
            return super().test_step(*args)

    def judged(self, luminance, given, training):
        if isinstance(given, dict):
            return given
        # Keras also computes a loss outside of a step, of symbols.
        return {"prediction": given, "logits": self.logits(luminance, training=training)}

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        chroma = y_pred["prediction"] if isinstance(y_pred, dict) else y_pred
        return super().compute_metrics(x, y, chroma, sample_weight)

    def default_loss(self):
        return RebalancedCrossEntropy(self.config["rebalancing"])

    def rebalanced(self, uniform):
        """This model as if trained under another `rebalancing`, nearer to 1 for paler colours."""
        model = type(self).from_config({**self.get_config(), "rebalancing": uniform})
        model.set_weights(self.get_weights())
        bias = model.logits.get_layer("logits").bias
        bias.assign_add(bins.rebalancing_shift(self.config["rebalancing"], uniform))
        return model

    def export_inputs(self, image_size):
        return {**super().export_inputs(image_size), "temperature": (1,)}

    def colorize(self, luminance, temperature):
        chroma = bins.annealed_mean(self.logits(luminance, training=False), temperature)
        return self.upsample(chroma)
