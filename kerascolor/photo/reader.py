"""Reading a photo file through Pillow, which the formats build upon."""

import contextlib
import dataclasses
import threading

from PIL import Image, ImageFile

from kerascolor.photo import images, metadata
from kerascolor.photo.base import PhotoError

# A photo of more pixels is refused before it fills the memory.
MAX_PIXELS = 300_000_000

# Both limits hold for the whole process.
_opening = threading.RLock()


@contextlib.contextmanager
def limit_lifted():
    """Without Pillow's own limit on a photo's size, which is lower than ours."""
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextlib.contextmanager
def _cut_files_allowed():
    """While Pillow reads files that are cut short as far as they go."""
    with _opening:
        allowed, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = allowed


class Reader:
    """Reads pages or frames of an open photo file; each format overrides what it does better.

    Args:
        path: The file.
        damaged: Whether a damaged photo is read as far as it goes.
        max_pixels: A photo of more pixels is refused before it fills the memory.

    Raises:
        PIL.UnidentifiedImageError: The file has another format than `FORMAT`.
        PhotoError: All pages together ask for too much work.
    """

    # Pillow's name of it.
    FORMAT = None

    def __init__(self, path, damaged, max_pixels):
        self.path = path
        self.damaged = damaged
        self.max_pixels = max_pixels
        self.image = self.open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.image.close()

    def open(self):
        """The file as a PIL image, whose pixels are not read yet."""
        with limit_lifted():
            return Image.open(self.path, formats=[self.FORMAT])

    def count(self):
        """How many pages or frames the file has."""
        return getattr(self.image, "n_frames", 1)

    def read(self, page):
        """The `Photo` of this page, upright.

        Raises:
            PhotoError: The page asks for more work or memory than allowed, or lacks pixels.
        """
        with _cut_files_allowed() if self.damaged else contextlib.nullcontext():
            if page:
                self.seek(page)
            self.check_size(*self.image.size)
            self.check(page)
            exif = self.image.getexif()
            # Pillow turns a TIFF file upright when it decodes it, and then forgets that it lay.
            dpi = metadata.dpi(self.image.info, exif)
            return self.describe(self.decode(page), exif, self.image.info, dpi)

    def describe(self, photo, exif, info, dpi):
        """The `Photo`, upright, and with what is kept of its metadata."""
        own = self.own_metadata(exif)
        return dataclasses.replace(
            metadata.turn_upright(photo, exif.get(metadata.ORIENTATION)),
            exif=metadata.kept_exif(exif),
            xmp=metadata.kept_xmp(info),
            dpi=dpi,
            pages=self.count(),
            **own,
        )

    def own_metadata(self, exif):
        """Further fields of `base.Metadata` that files of this format have."""
        return {}

    def seek(self, page):
        """Goes to a page other than the first."""
        self.image.seek(page)

    def check_size(self, width, height):
        """Raises PhotoError where a page has too many pixels."""
        if width * height > self.max_pixels:
            raise PhotoError(
                f"{width} x {height} pixels are more than the "
                f"{self.max_pixels // 10**6} million allowed: make it smaller"
            )

    def check(self, page):
        """Raises PhotoError where the page asks for too much, or lacks something."""

    def decode(self, page):
        """The `Photo` of the page as it is stored, whose metadata are added by the caller."""
        self.image.load()
        return images.from_image(self.image)
