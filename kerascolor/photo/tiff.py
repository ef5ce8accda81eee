"""TIFF files. OpenCV reads those with colours of 16 bits, which Pillow brings down to 8."""

import contextlib

import numpy as np
from PIL import TiffImagePlugin

from kerascolor.photo import images, png, reader
from kerascolor.photo.base import PhotoError
from kerascolor.photo.tiff_writer import write

__all__ = ["Reader", "write"]

# Each page is sought among those before it: a hostile file of a megabyte can have so many that they
# take hours.
MAX_PAGES = 10_000


class Reader(reader.Reader):
    """Reads pages of a TIFF file."""

    FORMAT = TiffImagePlugin.TiffImageFile.format

    def seek(self, page):
        # Otherwise a page without a profile or resolution would get the first one's.
        self.image.info.clear()
        super().seek(page)

    def check(self, page):
        if not page:
            self._check_pages()
        self._check_rows()

    def _check_pages(self):
        # In another image, for Pillow miscounts the pages once it has sought one too many.
        with self.open() as another, contextlib.suppress(EOFError):
            another.seek(MAX_PAGES)
            raise PhotoError(f"more than the {MAX_PAGES} pages allowed: split it")

    def _check_rows(self):
        """Raises PhotoError where strips are missing, which Pillow leaves black."""
        width, height = self.image.size
        corners = [tile[1][2:] for tile in self.image.tile]
        if corners and np.prod(np.max(corners, axis=0), dtype=np.int64) < width * height:
            raise PhotoError(f"the file is damaged: it lacks rows of {width} x {height}")

    def decode(self, page):
        image = self.image
        is_deep = (
            image.mode in ("RGB", "RGBA")
            and max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (8,))) == 16
        )
        # Pillow checks the size again.
        with reader.limit_lifted():
            image.load()
        if is_deep:
            return png.decode_16_bits(np.fromfile(self.path, np.uint8), page, image)
        return images.from_image(image)
