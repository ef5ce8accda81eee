"""Reading photo files: what is in them, or why they can't be read."""

import contextlib
import os
import stat

from PIL import UnidentifiedImageError

from kerascolor.photo import formats
from kerascolor.photo.base import PhotoError, printable
from kerascolor.photo.reader import MAX_PIXELS


def read_pages(path, *, damaged=False, max_pixels=MAX_PIXELS):
    """Yields the `Photo` of each page or frame of a file, one at a time; see `read`."""
    with contextlib.ExitStack() as stack:
        with _telling(path):
            reader = stack.enter_context(_open(path, damaged, max_pixels))
            pages = reader.count()
        for page in range(pages):
            with _telling(path, page):
                photo = reader.read(page)
            yield photo
            del photo  # Otherwise it would stay in memory while the next one is read.


def read(path, page=0, *, damaged=False, max_pixels=MAX_PIXELS):
    """Reads a photo file, upright.

    Files are recognized by their content: black and white, grey, RGB, palette or CMYK, of 8 or 16
    bits or, in TIFF files, floats, with or without alpha.

    Args:
        path: The file.
        page: Which page or frame, from 0.
        damaged: Whether a file that is cut short, or otherwise damaged, is read as far as it goes.
        max_pixels: A photo of more pixels is refused.

    Returns:
        `Photo`.

    Raises:
        PhotoError: It is no such file, is damaged, can't be read, or asks for more memory or work
            than a photo does.
    """
    with _telling(path, page), _open(path, damaged, max_pixels) as reader:
        return reader.read(page)


@contextlib.contextmanager
def _telling(path, page=0):
    """Makes whatever is raised a `PhotoError` that names the file."""
    name = f"{printable(path)}: page {page + 1}" if page else printable(path)
    try:
        yield
    except PhotoError as error:
        raise PhotoError(f"{name}: {error}") from error
    except MemoryError as error:
        raise PhotoError(f"{name}: too large for this machine's memory") from error
    except Exception as error:
        # The decoders meet damaged files with exceptions of a dozen kinds.
        raise PhotoError(f"{name}: {_reason(error)}") from error


def _reason(error):
    if isinstance(error, OSError) and error.strerror:
        return f"can't be read: {error.strerror}"
    detail = " ".join(str(error).split()) or type(error).__name__
    return f"the file is damaged: {detail}"


def _open(path, damaged, max_pixels):
    """The `reader.Reader` of the file's format."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("not a file")
    if status.st_size == 0:
        raise PhotoError("the file is empty")
    with open(path, "rb") as file:
        found = formats.recognize(file.read(formats.SIGNATURE_BYTES))
    if found is None:
        raise PhotoError(f"not a photo in {formats.names()}")
    try:
        return found.module.Reader(path, damaged, max_pixels)
    except UnidentifiedImageError as error:
        raise PhotoError(
            f"the file is damaged: it begins as {found.name} does, but can't be opened"
        ) from error
