"""Losses that Keras does not have."""

import keras
from keras import ops

from kerascolor import bins


@keras.saving.register_keras_serializable("kerascolor")
class RebalancedCrossEntropy(keras.losses.Loss):
    """Cross-entropy over the ab bins in which rare colours count more (Zhang et al. 2016, eq. 2).

    Args:
        uniform: Share of the uniform distribution in the prior that the weights are the inverse
            of (lambda in the paper, which takes 0.5); 1 counts all colours alike.

    Called on chroma (N, H, W, 2) in Lab and logits (N, H / s, W / s, Q): chroma is averaged to
    the logits' size first.
    """

    def __init__(self, uniform=0.9, name="rebalanced_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.uniform = uniform
        self.weights = bins.rebalancing_weights(uniform)

    def call(self, chroma, logits):
        scale = chroma.shape[1] // logits.shape[1]
        chroma = ops.average_pool(chroma, scale, scale)
        target = bins.encode(chroma)
        logits = ops.cast(logits, "float32")
        cross_entropy = ops.logsumexp(logits, -1) - ops.sum(target * logits, -1)
        return ops.matmul(target, self.weights[:, None])[..., 0] * cross_entropy

    def get_config(self):
        return {**super().get_config(), "uniform": self.uniform}


@keras.saving.register_keras_serializable("kerascolor")
class TargetCrossEntropy(keras.losses.Loss):
    """Binary cross-entropy of each value of a target, RGB or chroma scaled to [0, 1].

    Args:
        color_space: Of the target.
    """

    def __init__(self, color_space, name="target_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.color_space = color_space

    def call(self, target, predicted):
        if self.color_space != "rgb":
            target, predicted = (target + 1.0) / 2.0, (predicted + 1.0) / 2.0
        return keras.losses.binary_crossentropy(target, predicted)

    def get_config(self):
        return {**super().get_config(), "color_space": self.color_space}
