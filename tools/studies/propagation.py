"""Spreads the colours of points by the photo's luminance alone, as scribbles were before networks.

Levin, Lischinski and Weiss, "Colorization using Optimization", SIGGRAPH 2004: a pixel's colour is
the mean of its neighbours' colours, those of like luminance weighing most, but for the points.
"""

import cv2
import numpy as np
from scipy import sparse
from scipy.sparse import linalg

AROUND = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]
# The square of a difference that counts for a third, in variances of the luminance around.
FALLOFF = 0.6
# Where all is even, nothing parts neighbours.
LEAST_VARIANCE = 1e-5


def propagate(luminance, rows, columns, chroma):
    """Chroma (h, w, 2) of a photo.

    Args:
        luminance: (h, w) in [0, 1].
        rows, columns: Places of the points, (n,) each, at least one.
        chroma: That of the points, (n, 2).
    """
    shape, count = luminance.shape, luminance.size
    mean = cv2.blur(luminance, (3, 3))
    variance = np.maximum(cv2.blur(luminance**2, (3, 3)) - mean**2, LEAST_VARIANCE)
    index = np.arange(count).reshape(shape)
    edges = [_edges(index, luminance, variance, *way) for way in AROUND]
    here, there, weights = (np.concatenate(part) for part in zip(*edges, strict=True))
    neighbours = sparse.csr_array((weights, (here, there)), (count, count))
    neighbours = sparse.diags_array(1 / neighbours.sum(1)) @ neighbours
    given, values = np.zeros(count), np.zeros((count, 2))
    places = index[rows, columns]
    given[places], values[places] = 1, chroma
    system = sparse.eye_array(count) - sparse.diags_array(1 - given) @ neighbours
    return linalg.spsolve(system.tocsc(), values).reshape(*shape, 2).astype(np.float32)


def _edges(index, luminance, variance, down, right):
    """Indices of the pixels that have a neighbour this way, of these, and their weights."""
    height, width = index.shape
    top, left = max(0, -down), max(0, -right)
    bottom, end = height - max(0, down), width - max(0, right)
    own = slice(top, bottom), slice(left, end)
    other = slice(top + down, bottom + down), slice(left + right, end + right)
    difference = luminance[own] - luminance[other]
    weight = np.exp(-(difference**2) / (FALLOFF * variance[own]))
    return index[own].ravel(), index[other].ravel(), np.maximum(weight, 1e-8).ravel()
