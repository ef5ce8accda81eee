"""What a photo is to every other module: its pixels, and what is kept of its file."""

import dataclasses
import os
from typing import NamedTuple

import numpy as np


class PhotoError(ValueError):
    """A photo that can't be read or written, and why, in one line."""


@dataclasses.dataclass(kw_only=True)
class Metadata:
    """What is kept of a photo's file beside the pixels.

    Args:
        exif: EXIF data without the orientation, for the pixels are upright; b"" for none.
        icc_profile: The profile of RGB pixels; b"" for sRGB. Other profiles were applied on
            reading.
        dpi: Horizontal and vertical dots per inch, or None.
        pages: How many pictures the file has, this one included.
        xmp: The XMP packet without the orientation; b"" for none.
        iptc: Captions and names as archives and press agencies write them (IPTC-IIM), which JPEG
            and TIFF files keep; b"" for none.
        text: Pairs of a keyword and a text, which PNG files keep.
        lossless: Whether it comes from a WebP file without loss, as its result then is.
    """

    exif: bytes = b""
    icc_profile: bytes = b""
    dpi: tuple[float, float] | None = None
    pages: int = 1
    xmp: bytes = b""
    iptc: bytes = b""
    text: tuple[tuple[str, str], ...] = ()
    lossless: bool = False

    def metadata(self):
        """These fields as keyword arguments, for another picture of the same file."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(Metadata)}


@dataclasses.dataclass
class Photo(Metadata):
    """A photo's pixels, and what is kept of its file.

    Args:
        pixels: Grey (H, W) or RGB (H, W, 3), uint8 or uint16.
        alpha: Opacity (H, W) of the same type, or None.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None


class Planes(NamedTuple):
    """Pixels as a JPEG file stores them, uint8.

    Args:
        luma: Y (H, W).
        blue, red: Cb and Cr, each (H / 2, W / 2), rounded up.
    """

    luma: np.ndarray
    blue: np.ndarray
    red: np.ndarray


@dataclasses.dataclass
class PlanarPhoto(Metadata):
    """A photo in colour for a JPEG file, which needs no conversion to be written.

    Args:
        planes: `Planes`.
    """

    planes: Planes


def printable(path):
    """A path for a message of one line, whatever its name is made of."""
    name = os.fspath(path)
    return name if name.isprintable() else ascii(name)
