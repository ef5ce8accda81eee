"""PPM, PGM and PBM files, which are only read."""

import cv2
import numpy as np
from PIL import PpmImagePlugin

from kerascolor.photo import images, reader
from kerascolor.photo.base import Photo


class Reader(reader.Reader):
    """Reads a PPM, PGM or PBM file."""

    FORMAT = PpmImagePlugin.PpmImageFile.format

    def decode(self, page):
        # Pillow's decoder for more or fewer than 8 bits is given the value of white.
        arguments = self.image.tile[0].args
        white = arguments[-1] if isinstance(arguments, tuple) else 255
        if self.image.mode == "I":
            self.image.load()
            return Photo(np.asarray(self.image).astype(np.uint16))
        photo = super().decode(page)
        if self.image.mode != "RGB" or white <= 255:
            return photo
        content = np.fromfile(self.path, np.uint8)
        return images.from_bgr(cv2.imdecode(content, cv2.IMREAD_UNCHANGED), b"", white)
