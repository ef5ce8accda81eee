"""Reading a photo file through Pillow, which the formats build upon."""

import contextlib
import dataclasses
import threading

from PIL import Image

from kerascolor.photo import images, metadata
from kerascolor.photo.base import PhotoError

# A photo of more pixels is refused before it fills the memory.
MAX_PIXELS = 300_000_000

_opening = threading.Lock()


@contextlib.contextmanager
def limit_lifted():
    """Without Pillow's own limit on a photo's size, which is lower than ours."""
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


class Reader:
    """Reads pages or frames of an open photo file; each format overrides what it does better.

    Args:
        path: The file.

    Raises:
        PIL.UnidentifiedImageError: The file has another format than `FORMAT`.
    """

    # Pillow's name of it.
    FORMAT = None

    def __init__(self, path):
        self.path = path
        self.image = self.open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.image.close()

    def open(self):
        """The file as a PIL image, whose pixels are not read yet."""
        with limit_lifted():
            return Image.open(self.path, formats=[self.FORMAT])

    def read(self, page):
        """The `Photo` of this page, upright.

        Raises:
            PhotoError: The file asks for more work or memory than allowed, or lacks pixels.
        """
        if page:
            self.seek(page)
        image = self.image
        if image.width * image.height > MAX_PIXELS:
            raise PhotoError(
                f"{image.width} x {image.height} pixels are more than the "
                f"{MAX_PIXELS // 10**6} million allowed: make it smaller"
            )
        self.check(page)
        exif, dpi = image.getexif(), metadata.dpi(image)
        if dpi and exif.get(metadata.ORIENTATION) in metadata.LYING:
            dpi = dpi[::-1]
        photo = self.decode(page)
        # A TIFF file has none any more: Pillow and OpenCV have turned it upright themselves.
        photo = metadata.turn_upright(photo, exif.get(metadata.ORIENTATION))
        exif, xmp = metadata.kept_exif(exif), metadata.kept_xmp(image)
        # The pages come last, for counting them changes what Pillow says of a TIFF file.
        return dataclasses.replace(photo, exif=exif, dpi=dpi, xmp=xmp, pages=self.pages())

    def seek(self, page):
        """Goes to a page other than the first."""
        self.image.seek(page)

    def check(self, page):
        """Raises PhotoError where the page or the file asks for too much, or lacks something."""

    def decode(self, page):
        """The `Photo` of the page as it is stored, whose metadata are added by the caller."""
        self.image.load()
        return images.from_image(self.image)

    def pages(self):
        """How many pages or frames the file has."""
        return getattr(self.image, "n_frames", 1)
