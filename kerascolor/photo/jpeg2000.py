"""JPEG 2000 files, which are only read. OpenCV reads colours of more than 8 bits."""

import pathlib

import cv2
import numpy as np
from PIL import Jpeg2KImagePlugin

from kerascolor.photo import images, reader
from kerascolor.photo.base import PhotoError

# The markers before the picture's size, and how far behind them its first channel's depth is.
SIZE = b"\xff\x4f\xff\x51"
DEPTH = 42
# Decoding takes about so many times the memory that it does in other formats.
COSTS = 3


class Reader(reader.Reader):
    """Reads a JPEG 2000 file."""

    FORMAT = Jpeg2KImagePlugin.Jpeg2KImageFile.format

    def __init__(self, path, damaged, max_pixels):
        super().__init__(path, damaged, max_pixels // COSTS)

    def decode(self, page):
        photo = super().decode(page)
        if self.image.mode not in ("RGB", "RGBA"):
            return photo
        content = pathlib.Path(self.path).read_bytes()
        place = content.find(SIZE) + DEPTH
        if place < DEPTH or place >= len(content):
            raise PhotoError("the file is damaged: it does not say how many bits it has")
        bits = (content[place] & 0x7F) + 1
        if bits <= 8:
            return photo
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        profile = self.image.info.get("icc_profile") or b""
        return images.from_bgr(pixels, profile, 2 ** min(bits, 16) - 1)
