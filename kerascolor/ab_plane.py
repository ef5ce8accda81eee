"""The quantized ab plane of Lab, in NumPy: its bins, and how often a photo has each of them.

Zhang, Isola and Efros, "Colorful Image Colorization", ECCV 2016, with one change: a colour is
split bilinearly over the four bins around it, instead of over its five nearest by a Gaussian,
so that the mean of an encoded colour is the colour itself.
"""

import functools
import itertools

import cv2
import numpy as np

from kerascolor import color

GRID = 10.0  # Distance of neighbouring bins in units of a and b (Zhang et al., section 2.1).
STEP = GRID / color.CHROMA_RANGE["lab"][0]
# The places of the bins along either axis, in steps.
AXIS = np.arange(-11, 12, dtype=np.float32)


@functools.cache
def _places():
    """Places (Q, 2) on both axes of the bins that any sRGB colour needs among its four."""
    levels = np.linspace(0.0, 1.0, 86, dtype=np.float32)
    rgb = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(1, -1, 3)
    ab = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)[0, :, 1:]
    corners = np.unique(np.floor(ab / GRID).astype(int), axis=0)
    bins = {(a + i, b + j) for a, b in corners for i, j in itertools.product((0, 1), repeat=2)}
    return np.array(sorted(bins))


def centers():
    """Chroma (Q, 2) of the bins, in [-1, 1]."""
    return _places().astype(np.float32) * GRID / np.array(color.CHROMA_RANGE["lab"], np.float32)


def cells():
    """The bins' places (Q,) in the whole plane, of which each axis has `len(AXIS)` places."""
    rows, columns = (_places() - int(AXIS[0])).T
    return rows * len(AXIS) + columns


def axis_weights(values):
    """How much of each value (...) of a or b belongs to each place (..., len(AXIS)) of its axis.

    Args:
        values: In [-1, 1], an array or a tensor.
    """
    inside = 1.0 - abs(values[..., None] / np.float32(STEP) - AXIS)
    return (inside + abs(inside)) / 2.0


def histogram(chroma):
    """The share (Q,) of each bin in chroma (H, W, 2)."""
    first, second = (axis_weights(chroma[..., i].reshape(-1)) for i in (0, 1))
    return (first.T @ second / len(first)).reshape(-1)[cells()]
