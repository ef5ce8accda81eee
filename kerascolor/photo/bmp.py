"""BMP files."""

import functools

import cv2
import numpy as np
from PIL import BmpImagePlugin

from kerascolor.photo import encoding, images, reader


class Reader(reader.Reader):
    """Reads a BMP file."""

    FORMAT = BmpImagePlugin.BmpImageFile.format


def encode(photo):
    """The file's bytes."""
    if photo.alpha is None:
        return encoding.save(images.to_image(photo), "BMP", dpi=photo.dpi)
    # Pillow's BMP files do not say that they have alpha.
    bgra = cv2.cvtColor(np.asarray(images.to_image(photo)), cv2.COLOR_RGBA2BGRA)
    return cv2.imencode(".bmp", bgra)[1]


write = functools.partial(encoding.write_first, encode)
