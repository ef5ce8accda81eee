"""How close a colorized photo comes to its original.

A photo is RGB (H, W, 3), uint8. The figures of one pair are floats; LPIPS works on batches.
`figures.FIGURES` says what each is called, and what its function takes.
"""

from functools import cache

import numpy as np

from kerascolor import optional

optional.check(__name__, "train", "keras", "skimage")

from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity

from kerascolor import bins, color
from kerascolor.consistency import bleeding as bleeding
from kerascolor.consistency import patches as patches
from kerascolor.image_classifier import ImageClassifier as ImageClassifier
from kerascolor.lpips import LPIPS as LPIPS

# Largest ab error on the cumulative curve (Zhang et al. 2016, section 3.1).
LARGEST_ERROR = 150.0
# A bin that photos hardly ever fill would otherwise count up to a million times what grey does,
# and a handful of pixels decide the figure.
RAREST_BIN = 1e-5


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
    return color.unscale(*color.rgb_to_luminance_chroma(np.float32(rgb) / 255.0), "lab")


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
    nearest = np.rint(pixels[..., 1:] / bins.GRID).astype(int)
    return nearest.reshape(-1, 2) + len(_bin_weights()) // 2


@cache
def _bin_weights():
    """Rebalancing weights on the square grid of a and b (Zhang et al., equation 4, lambda 0)."""
    rows = np.rint(bins.CENTERS * color.CHROMA_RANGE["lab"][0] / bins.GRID).astype(int)
    reach = np.abs(rows).max()
    weights = np.zeros((2 * reach + 1, 2 * reach + 1))
    weights[tuple((rows + reach).T)] = 1.0 / np.maximum(bins.prior(), RAREST_BIN)
    return weights
