"""Sheets to choose from: a photo in grey, and its colorizations beside it."""

import dataclasses
import math

import numpy as np

from kerascolor.photo import Photo, to_image
from kerascolor.runtime import render, resample

# The longest side of each picture, and what is between two of them, in pixels.
LONGEST = 800
GAP = 8
COLUMNS = 3


def small(photo):
    """The `Photo` at the size of a sheet's pictures, of 8 bits and without alpha."""
    pixels = np.asarray(to_image(Photo(photo.pixels)))
    height, width = pixels.shape[:2]
    scale = min(1, LONGEST / max(height, width))
    pixels = resample.resize(pixels, max(1, round(scale * height)), max(1, round(scale * width)))
    return Photo(pixels, **{**photo.metadata(), "pages": 1})


def sheet(photo, fields, saturation):
    """A `Photo` of the small one in grey, and in the colours of each field, row by row.

    Args:
        photo: See `small`.
        fields: A `ChromaField` for each colorization.
        saturation: Factor of the chroma.
    """
    # An infrared picture's own brightness, not the predicted one.
    grey = dataclasses.replace(fields[0], brightness=None)
    pictures = [
        render.render(grey, photo, 0).pixels,
        *(render.render(field, photo, saturation).pixels for field in fields),
    ]
    height, width = photo.pixels.shape[:2]
    columns = min(COLUMNS, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    shape = rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3
    pixels = np.full(shape, 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = (height + GAP) * (index // columns), (width + GAP) * (index % columns)
        pixels[top : top + height, left : left + width] = picture
    return Photo(pixels, **photo.metadata())
