"""The photos that files are calibrated and proved on, as luminances at the model's size."""

import contextlib
import pathlib

import cv2
import numpy as np
import skimage

from kerascolor import color, data, squares
from kerascolor.export.graph import ExportError

# Photos that the ranges of int8 activations are measured on, and the fewest that are trusted.
CALIBRATION_PHOTOS = 128
FEWEST_CALIBRATION_PHOTOS = 100
PROOF_PHOTOS = 16
# Those that come with scikit-image itself, for an export without a folder of photos.
SKIMAGE_PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")


def for_calibration(folder, image_size, color_space):
    """Luminances (N, H, W, 1) of training photos; of all photos where those are too few.

    Raises:
        ExportError: The folder has fewer than FEWEST_CALIBRATION_PHOTOS that can be decoded.
        FileNotFoundError: The folder is missing or has no photos.
    """
    paths = _find(folder, color_space)
    if len(paths) >= FEWEST_CALIBRATION_PHOTOS:
        with contextlib.suppress(FileNotFoundError):
            training = _find(folder, color_space, training=True)
            paths = training if len(training) >= FEWEST_CALIBRATION_PHOTOS else paths
    found = _luminances(_squares(paths, CALIBRATION_PHOTOS, image_size), image_size, color_space)
    if len(found) < FEWEST_CALIBRATION_PHOTOS:
        raise ExportError(
            f"{folder} has {len(found)} readable photos for the calibration: "
            f"int8 needs at least {FEWEST_CALIBRATION_PHOTOS}"
        )
    return found


def for_proof(folder, image_size, color_space):
    """Luminances (N, H, W, 1) of a folder's photos, by preference of those for validation.

    Args:
        folder: None takes scikit-image's photos.

    Raises:
        ExportError: None of the photos can be decoded.
        FileNotFoundError: The folder is missing or has no photos.
    """
    if folder is None:
        pixels = [getattr(skimage.data, name)() for name in SKIMAGE_PHOTOS]
        found = [squares.crop(photo, max(image_size)) for photo in pixels]
        return _luminances(found, image_size, color_space)
    paths = _find(folder, color_space)
    with contextlib.suppress(FileNotFoundError):
        paths = _find(folder, color_space, training=False)
    found = _luminances(_squares(paths, PROOF_PHOTOS, image_size), image_size, color_space)
    if not len(found):
        raise ExportError(f"{folder} has no readable photos to prove the file on")
    return found


def _find(folder, color_space, training=None):
    """Paths of a folder's photos; for models of infrared, the infrared ones of a folder of pairs.

    Args:
        training: True for those to train on, False for those for validation, None for all.
    """
    if color.is_whole(color_space) and (pathlib.Path(folder) / "manifest.csv").is_file():
        return [pair.infrared for pair in data.find_pairs(folder, training)]
    return data.find_photos(folder, {None: "all", True: "train", False: "val"}[training])


def _squares(paths, count, image_size):
    """Centre squares of the photos; those that can't be decoded are left out."""
    found = (squares.read(path, max(image_size)) for path in data.spread(paths, count))
    return [pixels for pixels in found if pixels is not None]


def _luminances(pixels, image_size, color_space):
    """Luminances (N, H, W, 1) of squares, which are stretched where the model's size is none."""
    luminances = []
    for square in pixels:
        if square.shape[:2] != image_size:
            square = cv2.resize(square, image_size[::-1], interpolation=cv2.INTER_AREA)
        rgb = square.astype(np.float32) / 255.0
        luminances.append(color.rgb_to_luminance_chroma(rgb, color_space)[0])
    return np.reshape(np.array(luminances, np.float32), (-1, *image_size, 1))
