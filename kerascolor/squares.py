"""The photos of a folder that are measured, calibrated or proved on, as centre squares."""

import sys

from kerascolor import data


def crop(pixels, image_size):
    """The centre square of pixels (H, W, 3), brought to (image_size, image_size, 3)."""
    return data.resize(data.centre_square(pixels), image_size)


def read(path, image_size):
    """The centre square of a photo file, RGB (image_size, image_size, 3), or None if damaged."""
    pixels = data.read(path)
    return None if pixels is None else crop(pixels, image_size)


def read_all(folder, paths, image_size):
    """Yields (name, centre square) of the photos; a damaged one is named and left out.

    Args:
        folder: A `pathlib.Path`; a photo's name is its path below it.
        paths: The photos' paths.
        image_size: Height and width of the squares.
    """
    for path in paths:
        pixels = read(path, image_size)
        if pixels is None:
            print(f"{path} can't be decoded and is left out", file=sys.stderr)
        else:
            yield path.relative_to(folder).as_posix(), pixels
