"""The colours that a classifier finds likely at a point of a photo."""

from typing import NamedTuple

import numpy as np

from kerascolor import ab_plane, color
from kerascolor.runtime import hints

# How many colours are told, the least chance of one, and by how many units of a and b of Lab
# colours differ at least.
MOST, LEAST, DISTINCT = 9, 0.01, 10.0


class LikelyColor(NamedTuple):
    """A colour and its chance.

    Args:
        color: As CSS has it, such as "#2e6f40", at the brightness of the photo.
        probability: In [0, 1]. Those of all colours that are told may sum to less than 1.
    """

    color: str
    probability: float


def likely_colors(logits, luminance):
    """The peaks of a distribution over the bins, likeliest first: list of `LikelyColor`s.

    Every bin counts for the peak that the way uphill from it leads to. A peak's colour is the mean
    of its bins.

    Args:
        logits: (Q,) over the bins of `ab_plane`.
        luminance: CIE L* / 100 of the photo at the point.
    """
    chances = np.exp(logits - logits.max())
    chances /= chances.sum()
    peak = _peaks(chances)
    found = []
    for index in np.unique(peak):
        own = peak == index
        chance = chances[own].sum()
        found.append((float(chance), chances[own] @ ab_plane.centers()[own] / chance))
    found.sort(key=lambda entry: -entry[0])
    likely = []
    for chance, chroma in found:
        levels, reached = hints.reachable([luminance], [chroma], "lab")
        # Near black and white few colours are left, and those of several peaks may become one.
        twin = next((entry for entry in likely if _distance(entry[2], reached[0]) < DISTINCT), None)
        if twin:
            twin[1] += chance
        else:
            likely.append([hints.as_css(levels[0]), chance, reached[0]])
    likely.sort(key=lambda entry: -entry[1])
    return [LikelyColor(css, chance) for css, chance, _ in likely[:MOST] if chance >= LEAST]


def _distance(chroma, other):
    return np.linalg.norm((chroma - other) * color.units("lab")[1:])


def _peaks(chances):
    """For each bin (Q,) the bin where the way uphill from it ends."""
    side, cells = len(ab_plane.AXIS), ab_plane.cells()
    plane = np.full((side + 2, side + 2), -1.0)
    bins = np.zeros((side + 2, side + 2), int)
    places = cells // side + 1, cells % side + 1
    plane[places], bins[places] = chances, np.arange(len(cells))
    around = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    heights = np.stack([plane[places[0] + down, places[1] + right] for down, right in around])
    numbers = np.stack([bins[places[0] + down, places[1] + right] for down, right in around])
    uphill = numbers[heights.argmax(0), np.arange(len(cells))]
    while (uphill[uphill] != uphill).any():
        uphill = uphill[uphill]
    return uphill
