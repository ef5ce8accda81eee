"""Photos at other sizes, and their luminance."""

import functools
import math

import cv2
import numpy as np

from kerascolor import color

# The short side, or up to twice as much, at which colours are made. Finer detail is luma alone:
# that saves two thirds of the time on a photo of 12 megapixels, and no eye sees it.
SIDE = 384
# Colours take some forty bytes of memory a pixel: a long photo is made smaller than that, too.
MAX_PIXELS = 2**25


def shrink(pixels):
    """Pixels (H, W) or (H, W, 3) halved in size while their short side stays above `SIDE`.

    Narrow ones are halved until they have at most `MAX_PIXELS`. Two by two are averaged; a last odd
    row or column is its own pair.
    """
    while min(pixels.shape[:2]) >= 2 * SIDE or math.prod(pixels.shape[:2]) > MAX_PIXELS:
        height, width = pixels.shape[:2]
        if height % 2 or width % 2:
            border = cv2.BORDER_REPLICATE
            pixels = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, border)
        size = (width + 1) // 2, (height + 1) // 2
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return pixels


def resize(pixels, height, width):
    """Pixels (H, W) or (H, W, 3) at another size: averaged where smaller, bicubic where larger."""
    smaller = min(width, pixels.shape[1]), min(height, pixels.shape[0])
    pixels = cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_CUBIC)


def luminance(pixels, color_space):
    """Luminance (H, W) in [0, 1], float32, of grey (H, W) or RGB (H, W, 3) pixels."""
    if pixels.ndim == 2:
        return _grey_luminance(color_space, np.iinfo(pixels.dtype).max)[pixels]
    rgb = pixels / np.float32(np.iinfo(pixels.dtype).max)
    return color.rgb_to_luminance_chroma(rgb, color_space)[0][..., 0]


@functools.cache
def _grey_luminance(color_space, white):
    """Luminance (white + 1,) of each grey level."""
    # Found backwards, from the greys of 65,536 luminances. `color` is as exact forwards, but in the
    # last bit the two differ, and there an int8 model rounds some of its inputs the other way: the
    # presets' figures and golden files are of these luminances.
    steps = np.linspace(0, 1, 65536, dtype=np.float32)[None, :, None]
    greys = color.luminance_chroma_to_rgb(steps, np.zeros((1, 65536, 2), np.float32), color_space)
    levels = np.linspace(0, 1, white + 1)
    return np.interp(levels, greys[0, :, 1], steps[0, :, 0]).astype(np.float32)
