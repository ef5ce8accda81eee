"""What a model sees of a photo: contrast set right, grain smoothed, long photos part by part.

None of this touches the photo itself, whose luminance stays as it is in the result; an infrared
picture has none in the result, but for its detail.
"""

import dataclasses
import math

import cv2
import numpy as np

from kerascolor import color
from kerascolor.photo import Photo
from kerascolor.runtime import resample

# The darkest and the lightest hundredth of a photo, in luminance. Where they lie closer together
# than in most photos, it is faded, and the model sees them at BLACK and WHITE; closer still, it is
# blank.
HUNDREDTHS = 1, 99
BLANK, FADED = 0.1, 0.5
BLACK, WHITE = 0.05, 0.95
# What is left of a photo under it is grain, for it is 0 on edges and slopes (Immerkaer 1996), and 6
# is its norm.
LAPLACIANS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
# Median and mean of the absolute values of normal noise, in standard deviations.
MEDIAN, MEAN = 0.6745, 0.7979
# An even place leaves less than FLAT. Fine detail leaves as much as grain does, but not everywhere:
# a photo is grainy where even its quietest squares, QUIET of a hundred, have a standard deviation
# of GRAINY. STRENGTH is the filter's, in deviations.
FLAT, GRAINY, STRENGTH = 7e-4, 0.028, 1.1
SQUARE, QUIET = 16, 10
# How far a and b of Lab, in units of 110, may be from their mean at the same level of luminance in
# a photo of a single tint. Stained sepia prints reach 0.045; the least colourful photo of
# examples/photos/color has 0.07.
TINT_SPREAD = 0.06
TINT_SIDE, TINT_LEVELS = 128, 16
# A photo that is longer than this, in its widths, is seen through several windows, side by side.
LONG = 2.0
# Length of a window in widths of the photo. Shorter ones show too little of what is around, longer
# ones squeeze it too much: `tools.studies.panoramas` measures both.
WINDOW = 1.5
# The most windows in a row. Where a photo is longer still, each of them shows more of it.
MOST = 23


@dataclasses.dataclass(frozen=True, eq=False)
class PreparedPhoto:
    """A photo with what the model and the renderer need of it, whatever is asked of them.

    Args:
        photo: `photo.Photo`.
        small: Its pixels halved in size some times, see `resample.shrink`.
        luminance: (h, w) in [0, 1], float32, the photo's own on the model's grid.
        seen: The same as the model sees it: with full contrast and without grain.
    """

    photo: Photo
    small: np.ndarray
    luminance: np.ndarray
    seen: np.ndarray


def prepare(photo, window, color_space):
    """The `PreparedPhoto` of a photo.

    Args:
        photo: `photo.Photo`.
        window: Height and width of the model's grid.
        color_space: The model's.
    """
    small = resample.shrink(photo.pixels)
    size = grid_size(small.shape[:2], window)
    pixels = full_contrast(small) if color.is_whole(color_space) else small
    luminance = resample.luminance(resample.resize(pixels, *size), color_space)
    return PreparedPhoto(photo, small, luminance, smooth(stretch(luminance)))


def has_colors(pixels):
    """Whether a photo is in colour; one of a single tint, such as a sepia print, is not.

    A tint may depend on luminance, and fade a little from place to place. In a photo in colour,
    places of the same luminance differ.

    Args:
        pixels: Grey (H, W) or RGB (H, W, 3), uint8 or uint16, of the photo or a smaller one.
    """
    if pixels.ndim == 2:
        return False
    luminance, chroma = _small_lab(pixels)
    levels = np.minimum(TINT_LEVELS * luminance.ravel(), TINT_LEVELS - 1).astype(int)
    counts = np.maximum(np.bincount(levels, minlength=TINT_LEVELS), 1)
    spread = 0.0
    for plane in cv2.split(chroma):
        tint = np.bincount(levels, plane.ravel(), TINT_LEVELS) / counts
        spread += np.square(plane.ravel() - tint[levels]).mean()
    return bool(spread > TINT_SPREAD**2)


def has_palette(pixels):
    """Whether an infrared picture is in false colours, such as those of an iron or rainbow palette.

    The colours of a palette differ in hue from level to level, those of a single tint in strength.

    Args:
        pixels: As `has_colors` has them.
    """
    if pixels.ndim == 2:
        return False
    _, chroma = _small_lab(pixels)
    chroma = chroma.reshape(-1, 2)
    # The smaller one is 0 where all colours lie on one line through grey.
    spread, _ = np.linalg.eigvalsh(chroma.T @ chroma / len(chroma))
    return bool(spread > TINT_SPREAD**2)


def _small_lab(pixels):
    """Lab's luminance and chroma of a small copy of RGB pixels."""
    height, width = (min(side, TINT_SIDE) for side in pixels.shape[:2])
    # Small, it has less grain, which would look like colours.
    pixels = resample.resize(pixels, height, width)
    rgb = pixels / np.float32(np.iinfo(pixels.dtype).max)
    return color.rgb_to_luminance_chroma(rgb, "lab")


def full_contrast(pixels):
    """Grey levels (H, W) of an infrared picture, stretched where it uses few of those there are.

    Cameras that measure heat give 14 or 16 bits, of which a scene takes some hundred levels.

    Args:
        pixels: Grey (H, W) or RGB (H, W, 3), uint8 or uint16.
    """
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    largest = np.iinfo(pixels.dtype).max
    black, white = np.percentile(resample.shrink(pixels), HUNDREDTHS)
    if not 0 < white - black < FADED * largest:
        return pixels
    shares = (np.arange(largest + 1) - black) / (white - black)
    table = np.clip(BLACK + (WHITE - BLACK) * shares, 0, 1)
    return np.rint(largest * table).astype(pixels.dtype)[pixels]


def stretch(grid):
    """Luminance (h, w) in [0, 1], that of a faded photo with the contrast of others."""
    black, white = np.percentile(grid, HUNDREDTHS).astype(np.float32)
    if not BLANK < white - black < FADED:
        return grid
    slope = np.float32(WHITE - BLACK) / (white - black)
    return np.clip((grid - black) * slope + np.float32(BLACK), 0, 1)


def smooth(grid):
    """Luminance (h, w) in [0, 1], that of a grainy photo smoothed.

    Reference: Buades, Coll and Morel 2005, "A Non-Local Algorithm for Image Denoising".
    """
    response = np.abs(cv2.filter2D(grid, -1, LAPLACIANS))
    # An even place, such as a border, has no grain, and says nothing about the grain of the rest.
    uneven = response > FLAT
    size = [max(1, side // SQUARE) for side in grid.shape[::-1]]
    squares, shares = (
        cv2.resize(np.float32(values), size, interpolation=cv2.INTER_AREA)
        for values in (response * uneven, uneven)
    )
    squares = squares[shares > 0.5] / shares[shares > 0.5]
    if not squares.size or np.percentile(squares, QUIET) < GRAINY * MEAN:
        return grid
    grain = np.median(response[uneven]) / MEDIAN
    levels = np.rint(255 * grid).astype(np.uint8)
    smoothed = cv2.fastNlMeansDenoising(levels, None, 255 * STRENGTH * grain, 5, 15)
    return smoothed.astype(np.float32) / 255


def grid_size(shape, window):
    """Height and width at which a photo of this shape is seen through windows of this size.

    Each window overlaps the next by half.
    """
    height, width = shape
    counts = _count(height / width), _count(width / height)
    sides = zip(counts, window, strict=True)
    return tuple((count + 1) * (side // 2) + side % 2 for count, side in sides)


def _count(length):
    """The number of windows along a side that is `length` times as long as the other."""
    return 1 if length <= LONG else min(math.ceil(2 * length / WINDOW) - 1, MOST)


def through_windows(predict, grid, window, channels=2):
    """What is predicted for a grid (h, w): a mean over its windows, the nearest ones weighing most.

    Args:
        predict: From a part of the grid of the windows' size, and its top and left, to an array of
            as many channels.
        grid: Luminance, or (h, w, C) of what is seen beside it; see `grid_size`.
        window: Height and width of the windows.
        channels: How many channels it predicts.
    """
    if grid.shape[:2] == window:
        return predict(grid, 0, 0)
    height, width = window
    weight = np.outer(_ramp(height), _ramp(width))[..., None]
    total = np.zeros((*grid.shape[:2], channels), np.float32)
    weights = np.zeros((*grid.shape[:2], 1), np.float32)
    for top in range(0, grid.shape[0] - height + 1, height // 2):
        for left in range(0, grid.shape[1] - width + 1, width // 2):
            place = slice(top, top + height), slice(left, left + width)
            total[place] += weight * predict(np.ascontiguousarray(grid[place]), top, left)
            weights[place] += weight
    return total / weights


def window_around(place, shape, window):
    """The window, a pair of slices, whose middle is nearest to a place of a grid.

    Args:
        place: Row and column.
        shape: The grid's.
        window: Height and width of the windows.
    """
    nearest = []
    for index, whole, size in zip(place, shape, window, strict=True):
        starts = range(0, whole - size + 1, size // 2)
        start = min(starts, key=lambda start: abs(start + size / 2 - index - 0.5))
        nearest.append(slice(start, start + size))
    return tuple(nearest)


def _ramp(size):
    """Weights (size,) that rise to the middle and fall again."""
    places = np.arange(size, dtype=np.float32) + 0.5
    return np.minimum(places, size - places)
