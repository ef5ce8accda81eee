"""The quantized ab plane of a classifier: soft encoding, rebalancing weights, annealed mean.

Zhang, Isola and Efros, "Colorful Image Colorization", ECCV 2016; the bins are those of `ab_plane`.
"""

from importlib import resources

import numpy as np
from keras import ops

from kerascolor import ab_plane

GRID = ab_plane.GRID
# Chroma (Q, 2) of the bins, in [-1, 1].
CENTERS = ab_plane.centers()
COUNT = len(CENTERS)


def encode(chroma):
    """Bilinear weights (..., Q) of Lab `chroma` (..., 2) over the bins; they sum to 1 in gamut."""
    distance = ops.abs(ops.expand_dims(chroma, -2) - CENTERS) / ab_plane.STEP
    weight = ops.relu(1.0 - distance)
    return weight[..., 0] * weight[..., 1]


def annealed_mean(logits, temperature):
    """Lab chroma (..., 2): the bins' mean under softmax(logits / temperature).

    Temperature 1 gives the mean, temperature towards 0 the mode (Zhang et al., equation 5).
    """
    return ops.matmul(ops.softmax(logits / temperature), CENTERS)


def prior():
    """How often each bin (Q,) occurs in photos; written by `python -m tools.prior`."""
    with resources.files("kerascolor").joinpath("bins_prior.csv").open() as file:
        return np.loadtxt(file, np.float32)


def rebalancing_weights(uniform):
    """Weights (Q,) that count rare colours more, with mean 1 under the prior (equation 4).

    Args:
        uniform: Share of the uniform distribution mixed into the prior, lambda in the paper:
            1 leaves all colours alike, 0 weights them by the inverse of their frequency.
    """
    frequency = prior()
    weights = 1.0 / ((1.0 - uniform) * frequency + uniform / COUNT)
    return (weights / np.sum(frequency * weights)).astype(np.float32)


def rebalancing_shift(trained, wanted):
    """What to add to logits (..., Q) that answer as if trained under another rebalancing.

    A classifier that was trained with weights w answers with probabilities p w / sum(p w), where p
    are those without weights.

    Args:
        trained, wanted: Shares of the uniform distribution, as `rebalancing_weights` takes them.
    """
    return np.log(rebalancing_weights(wanted) / rebalancing_weights(trained))
