"""Losses that Keras does not have.

Each says by `judges` what it compares with the target: a model's "prediction", as those of Keras
do, its "logits", or the finished "photo". A model refuses what it does not give.
"""

from kerascolor import optional

optional.check(__name__, "train", "keras")

import keras
from keras import ops

from kerascolor import bins, color, color_ops

# Side of the cells on which `bleeding` and `patches` are judged.
CELL = 4
# Chroma, of Lab in [-1, 1], that rises by this within two cells has an edge there: 15 of a and b.
VIVID_RISE = 15 / 110
# Cells are alike whose chroma differs by less than this: 4 of a and b.
ALIKE = 4 / 110
# Distances in cells of the places that `patches` compares.
PATCH_DISTANCES = (1, 2, 4, 8)


@keras.saving.register_keras_serializable("kerascolor")
class RebalancedCrossEntropy(keras.losses.Loss):
    """Cross-entropy over the ab bins in which rare colours count more (Zhang et al. 2016, eq. 2).

    Args:
        uniform: Share of the uniform distribution in the prior that the weights are the inverse
            of (lambda in the paper, which takes 0.5); 1 counts all colours alike.

    Called on chroma (N, H, W, 2) in Lab and logits (N, H / s, W / s, Q): chroma is averaged to
    the logits' size first.
    """

    judges = "logits"

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
        color_space: The target's colour space.
    """

    def __init__(self, color_space, name="target_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.color_space = color_space

    def call(self, target, predicted):
        if color.TARGET_CHANNELS[self.color_space] == 2:
            target, predicted = (target + 1.0) / 2.0, (predicted + 1.0) / 2.0
        return keras.losses.binary_crossentropy(target, predicted)

    def get_config(self):
        return {**super().get_config(), "color_space": self.color_space}


class PhotoLoss:
    """How far a batch of finished photos is from the originals: to the eye, in pixels, in colour.

    As a model's `photo_loss` it is added to the model's own loss, which knows chroma alone. Without
    its last part every loss that takes the mean of what is likely makes photos pale.

    Args:
        lpips: `metrics.LPIPS`.
        color_space: The colour space of target and prediction. With "rgb" and "visible" the model's
            RGB itself is judged, brightness included.
        perceptual: Weight of the mean LPIPS.
        pixel: Weight of the mean squared error of RGB in [0, 1].
        colorfulness: Weight of the square of what the mean colourfulness lacks, in hundreds.
        bleeding: Weight of `bleeding`, which keeps vivid colours within their edges.
        patches: Weight of `patches`, which gives one thing one colour.

    Called on luminance (N, H, W, 1), target and prediction in `color_space`; gives a number.

    Raises:
        ValueError: `bleeding` or `patches` has a weight with "rgb", where there is no chroma.

    Reference:
        Johnson, Alahi and Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and
        Super-Resolution", ECCV 2016; Hasler and Suesstrunk, "Measuring Colourfulness in Natural
        Images", 2003.
    """

    judges = "photo"

    def __init__(
        self,
        lpips,
        color_space="lab",
        perceptual=1.0,
        pixel=10.0,
        colorfulness=3.0,
        bleeding=0.0,
        patches=0.0,
    ):
        if color_space == "rgb" and (bleeding or patches):
            raise ValueError("bleeding and patches are of chroma: leave them out with rgb")
        self.lpips = lpips
        self.color_space = color_space
        self.perceptual = perceptual
        self.pixel = pixel
        self.colorfulness = colorfulness
        self.bleeding = bleeding
        self.patches = patches

    def __call__(self, luminance, target, predicted):
        original, result = (self._photo(luminance, chroma) for chroma in (target, predicted))
        lacking = ops.mean(colorfulness(original)) - ops.mean(colorfulness(result))
        loss = (
            self.perceptual * ops.mean(self.lpips.distances(result, original))
            + self.pixel * ops.mean(ops.square(result - original))
            + self.colorfulness * ops.square(lacking)
        )
        if self.bleeding:
            loss += self.bleeding * bleeding(target, predicted)
        if self.patches:
            loss += self.patches * patches(target, predicted)
        return loss

    def _photo(self, luminance, target):
        """RGB (N, H, W, 3) of a luminance and its target, which RGB is already."""
        if color.TARGET_CHANNELS[self.color_space] == 3:
            return target
        return color_ops.luminance_chroma_to_rgb(luminance, target, self.color_space)


def bleeding(target, predicted):
    """Mean error of chroma (N, H, W, 2) on the dull side of the target's chroma edges, a number.

    Differentiable, and on cells of 4 x 4 pixels, the resolution of the models. The figure of this
    name is in `metrics`.
    """
    target, predicted = _cells(target), _cells(predicted)
    strength = ops.sqrt(ops.sum(ops.square(target), -1, keepdims=True))
    rise = ops.max_pool(strength, 5, 1, padding="same") - strength
    error = _length(predicted - target)
    return ops.mean(ops.where(rise > VIVID_RISE, error, 0.0))


def patches(target, predicted):
    """Mean difference in chroma (N, H, W, 2) of near places that are alike in the target, a number.

    Differentiable, and on cells of 4 x 4 pixels. The figure of this name is in `metrics`.
    """
    target, predicted = _cells(target), _cells(predicted)
    total = 0.0
    for distance in PATCH_DISTANCES:
        for down, right in ((distance, 0), (0, distance)):
            wanted, given = (
                cells[:, down:, right:] - cells[:, : -down or None, : -right or None]
                for cells in (target, predicted)
            )
            alike = ops.sum(ops.square(wanted), -1, keepdims=True) < ALIKE**2
            total += ops.mean(ops.where(alike, _length(given), 0.0))
    return total / (2 * len(PATCH_DISTANCES))


def _cells(chroma):
    return ops.average_pool(chroma, CELL, CELL)


def _length(chroma):
    # Without the small number there is no gradient where the length is 0.
    return ops.sqrt(ops.sum(ops.square(chroma), -1, keepdims=True) + 1e-5)


def shifted_error(target, predicted, reach):
    """The mean absolute error of each photo (N,) at the best of nine small shifts.

    It forgives that the two spectra of a pair are not registered exactly.

    Args:
        target, predicted: (N, H, W, C).
        reach: How many pixels the target is shifted by, to any side; a border of this width does
            not count.
    """
    starts = range(0, 2 * reach + 1, reach) if reach else (0,)

    def part(batch, top, left):
        bottom, right = top - 2 * reach, left - 2 * reach
        return batch[:, top : bottom or None, left : right or None]

    inner = part(predicted, reach, reach)
    errors = [
        ops.mean(ops.abs(part(target, top, left) - inner), axis=(1, 2, 3))
        for top in starts
        for left in starts
    ]
    return ops.min(ops.stack(errors), axis=0)


def colorfulness(rgb):
    """Colourfulness (N,) of RGB tensors (N, H, W, 3) in [0, 1], in hundreds for levels of 255."""
    red, green, blue = (2.55 * rgb[..., channel] for channel in range(3))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    axes = (1, 2)
    spread = ops.var(red_green, axes) + ops.var(yellow_blue, axes)
    centre = ops.square(ops.mean(red_green, axes)) + ops.square(ops.mean(yellow_blue, axes))
    # Without the small number the roots have no gradient where a photo is grey.
    return ops.sqrt(spread + 1e-6) + 0.3 * ops.sqrt(centre + 1e-6)
