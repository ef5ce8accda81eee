"""AVIF files, which are only read."""

import os

from PIL import AvifImagePlugin

from kerascolor.photo import reader
from kerascolor.photo.base import PhotoError

# A picture that is smaller than its file claims is enlarged by the decoder. Even a blank photo has
# fewer pixels a byte than this, unless it is small enough to take little memory.
PIXELS_PER_BYTE = 2000
SMALL = 40_000_000


class Reader(reader.Reader):
    """Reads an AVIF file."""

    FORMAT = AvifImagePlugin.AvifImageFile.format

    def check(self, page):
        width, height = self.image.size
        if width * height > max(SMALL, PIXELS_PER_BYTE * os.path.getsize(self.path)):
            raise PhotoError(
                f"the file is damaged: {width} x {height} pixels are more than its bytes can hold"
            )
