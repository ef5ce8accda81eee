"""What the classifiers of colour bins share: logits, which the loss judges, and their mean."""

import contextlib

from keras import layers

from kerascolor import bins
from kerascolor.efficientnet_lite import SIZE_MULTIPLE, STRIDE
from kerascolor.layers import AnnealedMean
from kerascolor.losses import RebalancedCrossEntropy
from kerascolor.models.base import ColorizerModel


def logits_layer():
    """The head: a 1x1 convolution to logits over `bins.CENTERS`."""
    return layers.Conv2D(bins.COUNT, 1, name="logits", dtype="float32")


class ClassifyingModel(ColorizerModel):
    """A model of the distribution over colour bins at every fourth pixel.

    A subclass builds `logits`, and gives what its `config` has beside the temperature; among that
    is `rebalancing`.

    Args:
        logits: Model from the inputs to logits (N, H / 4, W / 4, Q) over `bins.CENTERS`.
        temperature: That of the annealed mean.
    """

    size_multiple = SIZE_MULTIPLE
    takes_temperature = True
    gives = ("prediction", "logits")
    _gives_logits = False

    def __init__(self, logits, temperature):
        annealed_mean = AnnealedMean(temperature, dtype="float32")
        upsample = layers.UpSampling2D(STRIDE, interpolation="bilinear", dtype="float32")
        inputs = logits.input
        super().__init__(inputs, upsample(annealed_mean(logits(inputs))))
        self.logits = logits
        self.annealed_mean = annealed_mean
        self.upsample = upsample

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

    def judged(self, inputs, given, training):
        if isinstance(given, dict):
            return given
        # Keras also computes a loss outside of a step, of symbols.
        return {"prediction": given, "logits": self.logits(inputs, training=training)}

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
