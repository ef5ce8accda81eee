"""Pictures that Python code gives, and gets back in kind: paths, arrays and PIL images."""

import os

import cv2
import numpy as np
from PIL import Image

from kerascolor import photo


def open_picture(picture):
    """The `photo.Photo` of a picture, and the function from a result to the picture's kind."""
    if isinstance(picture, photo.Photo):
        return picture, lambda result: result
    if isinstance(picture, np.ndarray):
        return from_array(picture), _to_array
    if isinstance(picture, Image.Image):
        return photo.from_image(picture), photo.to_image
    if isinstance(picture, (str, os.PathLike)):
        return photo.read(picture), photo.to_image
    raise ValueError(f"a {type(picture).__name__} is no path, PIL image or NumPy array")


def from_array(array):
    """The `photo.Photo` of an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)."""
    # Files and networks have big-endian arrays.
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"an array of {array.dtype} is no photo: give uint8 or uint16")
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or 0 in array.shape:
        raise ValueError(
            f"an array of shape {array.shape} is no photo: give (H, W), (H, W, 1), (H, W, 3) or "
            "(H, W, 4)"
        )
    if channels == 1:
        return photo.Photo(np.ascontiguousarray(array.reshape(array.shape[:2])))
    alpha = np.ascontiguousarray(array[..., 3]) if channels == 4 else None
    return photo.Photo(np.ascontiguousarray(array[..., :3]), alpha)


def _to_array(result):
    return result.pixels if result.alpha is None else cv2.merge([result.pixels, result.alpha])
