"""What the writers of several formats share."""

import io

from kerascolor.photo.base import PlanarPhoto

# For JPEG and WebP. The eye sees no difference from 100, whose files are three times as large.
QUALITY = 92


def write_first(encode, photos, file):
    """Writes the first photo alone, as bytes that `encode` makes; returns 1, the pages written."""
    file.write(encode(next(iter(photos))))
    return 1


def save(image, file_format, **kept):
    """The bytes of a PIL image in a format of Pillow's, with those metadata that are not empty."""
    file = io.BytesIO()
    image.save(file, file_format, **{name: value for name, value in kept.items() if value})
    return file.getbuffer()


def check_sides(photo, longest, name):
    """Raises ValueError where a side of the photo has more pixels than its format allows."""
    pixels = photo.planes.luma if isinstance(photo, PlanarPhoto) else photo.pixels
    if max(pixels.shape) > longest:
        raise ValueError(f"{name} has at most {longest} pixels a side: choose TIFF")
