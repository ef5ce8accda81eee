"""Joins the chroma of a small grid with a photo of any size.

Around each grid point a linear model lets chroma follow the photo's luminance, as in "Fast Guided
Filter" (He and Sun 2015). Colours are computed at a moderate size; finer detail is luma alone.
`tools.studies.upsampling` compares this with other ways.

Where a model also predicts the brightness, as of infrared pictures, the photo gets that first.
"""

import dataclasses
from concurrent import futures

import cv2
import numpy as np

from kerascolor import color
from kerascolor.photo import PlanarPhoto, Planes
from kerascolor.runtime import prepare, resample
from kerascolor.runtime.resample import luminance, shrink

# How many grid points around each one tell how chroma follows luminance. A model's own resolution
# is a quarter of its grid's.
RADIUS = 2
# Variance of luminance, in [0, 1], where chroma follows it by half.
EPSILON = 1e-3
ENLARGING = cv2.INTER_CUBIC
# How much of an infrared picture's detail that is finer than the grid gets into the predicted
# brightness: 1 for as much as that follows the picture around each grid point, 0 for none.
DETAIL = 1.0
# Rows that a thread does at a time, so few that they stay in its cache: those of the small photo,
# and those of the large one, which has some more to read on either side.
STRIP = 64
LARGE_STRIP = 256
# What brings the differences of 8 bits from grey into 8 bits themselves.
MIDDLE = 128
# What JPEG files store: Y in [0, 1], and Cb and Cr in [-0.5, 0.5].
RGB_TO_YCC = color.RGB_TO_YUV / np.array([[1.0], [2 * 0.436], [2 * 0.615]], np.float32)


def render(field, photo, saturation=1.0, threads=1, small=None):
    """Joins a photo's luminance with the chroma that a model predicted for it.

    Colours are computed for the small photo; what they differ from its grey is added to the grey
    of the large one.

    Args:
        field: `chroma.ChromaField` of the photo.
        photo: `photo.Photo`, whose size, type and metadata the result has.
        saturation: Factor of the chroma.
        threads: Processor cores to use.
        small: `resample.shrink(photo.pixels)`, where it is known already.

    Returns:
        `photo.Photo` in RGB.
    """
    if field.brightness is not None:
        (field, photo), small = relight(field, photo, threads), None
    small = shrink(photo.pixels) if small is None else small
    slope, offset = follow(field.luminance, field.chroma * np.float32(saturation))
    pixels = merge(photo.pixels, small, slope, offset, field.color_space, threads)
    return dataclasses.replace(photo, pixels=pixels)


def has_planes(photo):
    """Whether `render_planes` takes this photo: 8 bits, no alpha, and larger than its colours."""
    is_large = min(photo.pixels.shape[:2]) >= 2 * resample.SIDE
    return is_large and photo.pixels.dtype == np.uint8 and photo.alpha is None


def render_planes(field, photo, saturation=1.0, threads=1, small=None):
    """Does what `render` does for a JPEG file, in half the time.

    Args:
        field, saturation, threads, small: As `render` has them.
        photo: `photo.Photo` for which `has_planes` holds.

    Returns:
        `photo.PlanarPhoto`.
    """
    if field.brightness is not None:
        (field, photo), small = relight(field, photo, threads), None
    small = shrink(photo.pixels) if small is None else small
    lines = follow(field.luminance, field.chroma * np.float32(saturation))
    difference = _color_difference(small, *lines, field.color_space, threads)
    planes = _merge_planes(photo.pixels, difference, threads)
    return PlanarPhoto(planes, **photo.metadata())


def relight(field, photo, threads=1):
    """An infrared picture with the brightness that a model predicted for it.

    Args:
        field: `chroma.ChromaField` with a brightness.
        photo: `photo.Photo`, the infrared picture.
        threads: Processor cores to use.

    Returns:
        The field that belongs to the result, as if the brightness were the photo's own, and the
        `photo.Photo` in grey.
    """
    pixels = prepare.full_contrast(photo.pixels)
    slope, _ = follow(field.luminance, field.brightness)
    slope *= np.float32(DETAIL)
    offset = field.brightness - slope * field.luminance
    height, width = pixels.shape
    # By height first, as in `_color_difference`.
    size = min(slope.shape[1], width), height
    slope, offset = (cv2.resize(grid, size, interpolation=ENLARGING) for grid in (slope, offset))
    result, largest = np.empty_like(pixels), np.iinfo(pixels.dtype).max
    depth = cv2.CV_8U if pixels.dtype == np.uint8 else cv2.CV_16U

    def compute(first):
        rows = slice(first, first + LARGE_STRIP)
        size = width, len(pixels[rows])
        lines = (cv2.resize(grid[rows], size, interpolation=ENLARGING) for grid in (slope, offset))
        detail = cv2.multiply(next(lines), pixels[rows], dtype=cv2.CV_32F)
        cv2.scaleAdd(next(lines), largest, detail, dst=detail)
        cv2.add(detail, 0, dst=result[rows], dtype=depth)

    _each(compute, range(0, height, LARGE_STRIP), threads)
    field = dataclasses.replace(field, luminance=field.brightness, brightness=None)
    return field, dataclasses.replace(photo, pixels=result)


def follow(grid, chroma):
    """How chroma follows luminance around each grid point: chroma = slope * luminance + offset.

    Slopes are those of the guided filter. Its offsets smooth the chroma; these do not, so that at
    the grid's own resolution nothing changes.

    Args:
        grid: Luminance (h, w) in [0, 1].
        chroma: (h, w, 2) in [-1, 1]; or brightness (h, w).

    Returns:
        Slope and offset, each of the chroma's shape.
    """
    size = 2 * RADIUS + 1, 2 * RADIUS + 1
    guide = cv2.merge([grid, grid]) if chroma.ndim == 3 else grid
    mean = cv2.blur(guide, size)
    variance = cv2.blur(guide * guide, size) - mean * mean
    covariance = cv2.blur(guide * chroma, size) - mean * cv2.blur(chroma, size)
    slope = cv2.blur(covariance / (variance + EPSILON), size)
    return slope, chroma - slope * guide


def chroma_at(field, small, rows, columns):
    """The chroma (n, 2) that `render` gives pixels of the small photo, before the colours' bounds.

    Args:
        field, small: As `render` has them.
        rows, columns: The pixels', (n,) each.
    """
    guide = luminance(small[rows, columns][None], field.color_space)[0]
    # Where `cv2.resize` looks for them.
    places = [
        ((np.float32(index) + 0.5) * (side / of) - 0.5)[:, None].astype(np.float32)
        for index, side, of in zip(
            (columns, rows), field.luminance.shape[::-1], small.shape[1::-1], strict=True
        )
    ]
    slope, offset = (
        cv2.remap(grid, *places, ENLARGING, borderMode=cv2.BORDER_REPLICATE)[:, 0]
        for grid in follow(field.luminance, field.chroma)
    )
    return slope * guide[:, None] + offset


def merge(pixels, small, slope, offset, color_space, threads=1):
    """Joins a photo's luminance with the chroma that follows it, as `render` does.

    Args:
        pixels: Grey (H, W) or RGB (H, W, 3), uint8 or uint16.
        small: The same, halved in size some times; see `resample.shrink`.
        slope, offset: How chroma follows luminance on the grid, see `follow`; each (h, w, 2).
        color_space: The chroma's.
        threads: Processor cores to use.

    Returns:
        RGB (H, W, 3) of the photo's type.
    """
    difference = _color_difference(small, slope, offset, color_space, threads)
    result = np.empty((*pixels.shape[:2], 3), pixels.dtype)
    _add(pixels, difference, _grey, result, threads)
    return result


def _merge_planes(pixels, difference, threads):
    """The `Planes` of a photo, from what its colours differ from grey by."""
    factor = _factor(pixels, difference)
    difference = cv2.transform(difference, RGB_TO_YCC)
    height, width = pixels.shape[:2]
    luma = np.empty((height, width), np.uint8)
    _add(pixels, np.ascontiguousarray(difference[..., 0]), _luma, luma, threads)
    # Grey is in the middle.
    chroma = cv2.add(difference[..., 1:], (MIDDLE, MIDDLE, 0, 0), dtype=cv2.CV_8U)
    half = factor // 2
    if half > 1:
        chroma = cv2.resize(chroma, None, fx=half, fy=half, interpolation=cv2.INTER_LINEAR)
    return Planes(luma, *cv2.split(chroma[: -(-height // 2), : -(-width // 2)]))


def _factor(pixels, small):
    """How many times the photo is as high or wide as the small one."""
    return 1 << round(np.log2(max(pixels.shape[:2]) / max(small.shape[:2])))


def _color_difference(small, slope, offset, color_space, threads):
    """RGB less grey (h, w, 3) of the small photo, float32 in the photo's range."""
    # By height first, which is little work; each strip is then as wide as the photo. A narrow photo
    # gets its width at once, for it may be so tall that the grid's width would fill the memory.
    size = min(slope.shape[1], small.shape[1]), len(small)
    slope, offset = (cv2.resize(grid, size, interpolation=ENLARGING) for grid in (slope, offset))
    difference = np.empty((*small.shape[:2], 3), np.float32)

    def compute(first):
        rows = slice(first, first + STRIP)
        difference[rows] = _strip_difference(small[rows], slope[rows], offset[rows], color_space)

    _each(compute, range(0, len(small), STRIP), threads)
    return difference


def _add(pixels, difference, base, result, threads):
    """Fills `result` with the photo's `base`, grey or luma, and the difference enlarged to it."""
    height, width = pixels.shape[:2]
    factor = _factor(pixels, difference)
    if factor > 1 and pixels.dtype == np.uint8 and np.abs(difference).max() < MIDDLE - 1:
        # Enlarged and added, these take two thirds of the time of floats.
        difference = np.rint(difference + np.float32(MIDDLE)).astype(np.uint8)

    def add(first):
        last = min(first + LARGE_STRIP, height)
        # A small row more on either side, for they are interpolated.
        top, bottom = max(first // factor - 1, 0), -(-last // factor) + 1
        strip = difference[top:bottom]
        if factor > 1:
            strip = cv2.resize(strip, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        strip = strip[first - top * factor :][: last - first, :width]
        below, out = base(pixels[first:last]), result[first:last]
        if strip.dtype == np.uint8:
            cv2.addWeighted(below, 1, strip, 1, -MIDDLE, dst=out)
        else:
            depth = cv2.CV_8U if pixels.dtype == np.uint8 else cv2.CV_16U
            cv2.add(below, strip, dst=out, dtype=depth)

    _each(add, range(0, height, LARGE_STRIP), threads)


def _each(function, values, threads):
    if threads == 1:
        for value in values:
            function(value)
        return
    with futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(function, values))


def _strip_difference(pixels, slope, offset, color_space):
    """RGB less grey (H, W, 3), float32 in the photo's range, from slope and offset (H, w, 2)."""
    guide = luminance(pixels, color_space)
    size = guide.shape[::-1]
    slope, offset = (cv2.resize(grid, size, interpolation=ENLARGING) for grid in (slope, offset))
    chroma = cv2.add(cv2.multiply(slope, cv2.merge([guide, guide])), offset)
    rgb = color.luminance_chroma_to_rgb(guide[..., None], chroma, color_space)
    rgb = np.multiply(rgb, np.iinfo(pixels.dtype).max, out=rgb)
    return cv2.subtract(rgb, _grey(pixels), dtype=cv2.CV_32F)


def _grey(pixels):
    """RGB (H, W, 3) without colour."""
    return cv2.cvtColor(_luma(pixels), cv2.COLOR_GRAY2RGB)


def _luma(pixels):
    """BT.601's luma (H, W), which is grey's own level."""
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
