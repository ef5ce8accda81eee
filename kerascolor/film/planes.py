"""The chroma planes of a film, straight from a model's field and the film's own luma."""

import dataclasses

import cv2
import numpy as np

from kerascolor import color
from kerascolor.film.base import WEIGHTS
from kerascolor.runtime import render, resample


def relight(field, frame):
    """An infrared film's frame with the luma that a model predicted for it.

    Args:
        field: `ChromaField` of the upright frame.
        frame: `Frame`.

    Returns:
        The field and the frame for `chroma_planes`: as they are where no luma was predicted.
    """
    if field.brightness is None:
        return field, frame
    field, grey = render.relight(field, frame.grey())
    black, white, *_ = frame.look.levels
    table = np.linspace(black, white, np.iinfo(grey.pixels.dtype).max + 1)
    luma = np.rint(table).astype(frame.luma.dtype)[np.rot90(grey.pixels, -frame.look.turns)]
    return field, dataclasses.replace(frame, luma=luma)


def chroma_planes(field, frame, size, saturation=1.0):
    """Cb and Cr of a frame, whose luma stays as it is.

    Args:
        field: `ChromaField` of the upright frame.
        frame: `Frame`.
        size: Height and width of the planes.
        saturation: Factor of the chroma.

    Returns:
        Two planes of this size, of the luma's type, with values as the frame's `Look` has them.
    """
    red, blue = WEIGHTS[frame.look.matrix]
    turns = -frame.look.turns
    grey, chroma = _differences(field, saturation, red, blue)
    slope, offset = render.follow(np.rot90(grey, turns).copy(), np.rot90(chroma, turns).copy())
    # Colours need no more detail than this, see `resample`.
    height, width = size
    while min(height, width) >= 2 * resample.SIDE:
        height, width = (height + 1) // 2, (width + 1) // 2
    black, white, middle, extent = frame.look.levels
    small = cv2.resize(frame.luma, (width, height), interpolation=cv2.INTER_AREA)
    guide = cv2.addWeighted(small, 1 / (white - black), small, 0, black / (black - white), dtype=5)
    planes = []
    for index, weight in enumerate((blue, red)):
        lines = (cv2.resize(grid[..., index], (width, height)) for grid in (slope, offset))
        plane = cv2.add(cv2.multiply(next(lines), guide), next(lines))
        # Blue and red, which this is scaled differences of from luma, lie between 0 and 1.
        span = 2 * (1 - weight)
        darkest = cv2.addWeighted(guide, -1 / span, guide, 0, 0)
        cv2.max(plane, darkest, dst=plane)
        cv2.min(plane, cv2.add(darkest, 1 / span, dst=darkest), dst=plane)
        plane = _levels(plane, middle, extent, frame.luma.dtype)
        if plane.shape != tuple(size):
            plane = cv2.resize(plane, (size[1], size[0]))
        planes.append(plane)
    return planes


def _differences(field, saturation, red, blue):
    """Grey (h, w) in [0, 1] and the frame's Cb and Cr (h, w, 2) in [-0.5, 0.5] on the grid."""
    luminance = field.luminance[..., None]
    grey = color.luminance_chroma_to_rgb(luminance, np.zeros_like(field.chroma), field.color_space)
    chroma = field.chroma * np.float32(saturation)
    rgb = color.luminance_chroma_to_rgb(luminance, chroma, field.color_space)
    luma = np.array([red, 1 - red - blue, blue])
    matrix = [
        (np.array([0, 0, 1]) - luma) / (2 * (1 - blue)),
        (np.array([1, 0, 0]) - luma) / (2 * (1 - red)),
    ]
    return grey[..., 1], cv2.transform(rgb, np.array(matrix, np.float32))


def _levels(plane, middle, extent, kind):
    depth = cv2.CV_8U if kind == np.uint8 else cv2.CV_16U
    return cv2.addWeighted(plane, extent, plane, 0, middle, dtype=depth)
