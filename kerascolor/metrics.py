"""How close a colorized photo comes to its original.

A photo is RGB (H, W, 3), uint8. The figures of one pair are floats; LPIPS works on batches.
"""

import zipfile
from functools import cache

import cv2
import numpy as np
from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity

# Largest ab error on the cumulative curve (Zhang et al. 2016, section 3.1).
LARGEST_ERROR = 150.0
# A bin that photos hardly ever fill would otherwise count up to a million times what grey does,
# and a handful of pixels decide the figure.
RAREST_BIN = 1e-5
_LEVELS = np.arange(256) / 255.0
# Linear light of the 256 levels of sRGB (IEC 61966-2-1).
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)


def mean_squared_error(result, original):
    """Mean squared error over all pixels and channels, of RGB in [0, 1]."""
    return float(np.mean((result.astype(np.float32) - original) ** 2)) / 255.0**2


def psnr(result, original):
    """Peak signal-to-noise ratio over RGB in dB; the rounding to 8 bits bounds it at 58.9."""
    rounding = 1 / (12 * 255**2)
    return float(-10.0 * np.log10(max(mean_squared_error(result, original), rounding)))


def ssim(result, original):
    """Structural similarity over RGB (Wang et al. 2004), scikit-image's 7 x 7 windows."""
    return float(structural_similarity(result, original, channel_axis=-1))


def lab(rgb):
    """CIE L*a*b* (H, W, 3), float32, of a photo."""
    # OpenCV converts linear light exactly, but sRGB from a coarse table: 0.4 off in a and b.
    return cv2.cvtColor(_LINEAR.astype(np.float32)[rgb], cv2.COLOR_LRGB2Lab)


def ciede2000(result, original):
    """Mean colour difference CIEDE2000 of photos given in Lab (H, W, 3)."""
    return float(np.mean(deltaE_ciede2000(original, result)))


def colorfulness(rgb):
    """Colourfulness of a photo: 0 for grey, about 40 for photos (Hasler and Suesstrunk 2003)."""
    red, green, blue = np.moveaxis(np.float32(rgb), -1, 0)
    red_green = red - green
    yellow_blue = (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def auc(result, original):
    """Area under the curve of correctly coloured pixels, in percent (Zhang et al. 2016).

    The curve gives, for each error from 0 to 150, the share of pixels whose distance in a and b
    is not larger. `result` and `original` are Lab (H, W, 3).
    """
    return float(np.mean(_area(result, original)))


def rebalanced_auc(result, original):
    """The same with each pixel weighted by the inverse of its colour's frequency in photos.

    Returns:
        (area in percent, sum of the weights): over several photos the areas are averaged with
        the sums as weights.
    """
    weight = _bin_weights()[tuple(_bin_index(original).T)]
    area = _area(result, original).ravel()
    return float(np.average(area, weights=weight)), float(weight.sum())


def _area(result, original):
    """Each pixel's share (H, W) of the area in percent: its step lies at its error."""
    error = np.linalg.norm(result[..., 1:] - original[..., 1:], axis=-1)
    return 100.0 * (1.0 - np.minimum(error, LARGEST_ERROR) / LARGEST_ERROR)


def _bin_index(pixels):
    """Row and column (H * W, 2), in `_bin_weights`, of the bin nearest to each Lab pixel."""
    from kerascolor import bins

    nearest = np.rint(pixels[..., 1:] / bins.GRID).astype(int)
    return nearest.reshape(-1, 2) + len(_bin_weights()) // 2


@cache
def _bin_weights():
    """Rebalancing weights on the square grid of a and b (Zhang et al., equation 4, lambda 0)."""
    from kerascolor import bins, color

    rows = np.rint(bins.CENTERS * color.CHROMA_RANGE["lab"][0] / bins.GRID).astype(int)
    reach = np.abs(rows).max()
    weights = np.zeros((2 * reach + 1, 2 * reach + 1))
    weights[tuple((rows + reach).T)] = 1.0 / np.maximum(bins.prior(), RAREST_BIN)
    return weights


class LPIPS:
    """Learned perceptual distance of two photos, version 0.1 on AlexNet: 0 for equal ones.

    Args:
        weights_file: npz with the convolutions `convN/kernel` (height, width, in, out) and
            `convN/bias` and the heads `linearN/weight`, N from 1 to 5.

    Raises:
        ValueError: The file is missing, no npz, or lacks a weight.

    Example:
        >>> distance = LPIPS("lpips_alexnet.npz")(result, original)  # (N,) of (N, H, W, 3)

    Reference:
        Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
        CVPR 2018.
    """

    # Strides and padding of AlexNet's convolutions; 3 x 3 max-pooling comes before two of them.
    LAYERS = ((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))
    POOLED = (2, 3)
    # Mean and deviation of ImageNet, for RGB in [-1, 1].
    SHIFT = np.array([-0.030, -0.088, -0.188], np.float32)
    SCALE = np.array([0.458, 0.448, 0.450], np.float32)

    def __init__(self, weights_file):
        names = [f"conv{n}/{kind}" for n in range(1, 6) for kind in ("kernel", "bias")]
        names += [f"linear{n}/weight" for n in range(1, 6)]
        try:
            with np.load(weights_file) as arrays:
                self.weights = {name: arrays[name].astype(np.float32) for name in names}
        except FileNotFoundError as error:
            raise ValueError(f"{weights_file}: no such file of LPIPS weights") from error
        except (KeyError, TypeError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{weights_file}: not a file of LPIPS weights: {error}") from error

    def __call__(self, first, second):
        """Distances (N,) of RGB batches (N, H, W, 3), uint8; one of them may have N = 1."""
        from keras import ops

        first, second = np.float32(first) / 255.0, np.float32(second) / 255.0
        return ops.convert_to_numpy(self.distances(first, second))

    def distances(self, first, second):
        """Distances (N,) of RGB tensors (N, H, W, 3) in [0, 1], with their gradients."""
        from keras import ops

        distances = 0.0
        layers = zip(self._features(first), self._features(second), strict=True)
        for n, (one, other) in enumerate(layers, 1):
            difference = ops.square(one - other) * self.weights[f"linear{n}/weight"]
            distances += ops.mean(ops.sum(difference, axis=-1), axis=(1, 2))
        return distances

    def _features(self, rgb):
        """The five convolutions' outputs, each pixel scaled to unit length."""
        from keras import ops

        x = (2.0 * rgb - 1.0 - self.SHIFT) / self.SCALE
        for n, (stride, padding) in enumerate(self.LAYERS, 1):
            if n in self.POOLED:
                x = ops.max_pool(x, 3, 2)
            x = ops.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
            x = ops.conv(x, self.weights[f"conv{n}/kernel"], stride)
            x = ops.relu(x + self.weights[f"conv{n}/bias"])
            # The small number is inside the root, where it keeps the gradient at 0 finite.
            yield x / ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + 1e-10)
