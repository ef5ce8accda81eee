"""Reading photo files: what is in them, or why they can't be read."""

import os
import stat

from PIL import UnidentifiedImageError

from kerascolor.photo import formats
from kerascolor.photo.base import PhotoError, printable


def read_pages(path):
    """Yields the `Photo` of each page or frame of a file, one at a time; see `read`."""
    page, pages = 0, 1
    while page < pages:
        photo = read(path, page)
        page, pages = page + 1, photo.pages
        yield photo
        del photo  # Otherwise it would stay in memory while the next one is read.


def read(path, page=0):
    """Reads a photo file, upright.

    JPEG, PNG, WebP, TIFF and BMP are recognized by their content: black and white, grey, RGB,
    palette or CMYK, 8 or 16 bits, with or without alpha.

    Args:
        path: The file.
        page: Which page or frame, from 0.

    Returns:
        `Photo`.

    Raises:
        PhotoError: It is no such file, is damaged, can't be read, or asks for more memory or work
            than a photo does.
    """
    name = f"{printable(path)}: page {page + 1}" if page else printable(path)
    try:
        with _open(path) as reader:
            return reader.read(page)
    except PhotoError as error:
        raise PhotoError(f"{name}: {error}") from error
    except UnidentifiedImageError as error:
        raise PhotoError(f"{name}: not a photo in {formats.names()}") from error
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


def _open(path):
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
    return found.module.Reader(path)
