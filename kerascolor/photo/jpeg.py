"""JPEG files by libjpeg-turbo: large ones take half of Pillow's time.

What a file says beside its pixels is left to Pillow, see `photo`.
"""

import io
from typing import NamedTuple

import numpy as np
import simplejpeg
from PIL import Image

# Of a marker: the second byte of that before the quantization tables, which metadata come before.
TABLES = 0xDB


class Planes(NamedTuple):
    """Pixels as a JPEG file stores them, uint8.

    Args:
        luma: Y (H, W).
        blue, red: Cb and Cr, each (H / 2, W / 2), rounded up.
    """

    luma: np.ndarray
    blue: np.ndarray
    red: np.ndarray


def decode(content, size, mode):
    """Pixels of a file that is whole, or None.

    Args:
        content: Bytes of the file.
        size: Its width and height.
        mode: "L" for grey (H, W), "RGB" for colours (H, W, 3).
    """
    try:
        if simplejpeg.decode_jpeg_header(content)[1::-1] != size:
            return None
        if mode == "L":
            return simplejpeg.decode_jpeg(content, "GRAY")[..., 0]
        return simplejpeg.decode_jpeg(content, "RGB")
    except (KeyError, ValueError):
        # KeyError is of a sampling that it has no name for.
        return None


def encode(planes, quality, **kept):
    """The file's bytes.

    Args:
        planes: `Planes`.
        quality: 1 to 100.
        kept: Metadata, as Pillow takes them.
    """
    pixels = simplejpeg.encode_jpeg_yuv_planes(*planes, quality)
    head = io.BytesIO()
    Image.new("L", (1, 1)).save(head, "JPEG", **kept)
    head = head.getvalue()
    return head[: _tables(head)] + pixels[_tables(pixels) :]


def _tables(content):
    """Where the file's metadata end."""
    place = 2
    while content[place + 1] != TABLES:
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return place
