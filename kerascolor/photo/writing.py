"""Writing photo files, whole or not at all."""

import pathlib

from kerascolor import atomic
from kerascolor.photo import formats
from kerascolor.photo.base import PhotoError, PlanarPhoto, printable


def write(photo, path):
    """Writes a photo file, whose format follows from its extension, whole or not at all.

    PNG and TIFF keep 16 bits, the others get 8. JPEG has no alpha: what is transparent gets white.

    Args:
        photo: `Photo` in RGB, or `PlanarPhoto` for a JPEG file.
        path: The file; one that exists is replaced.

    Raises:
        PhotoError: The extension is unknown, the photo too large for the format, or the file
            can't be written.
    """
    write_pages([photo], path)


def write_pages(photos, path, folder=None):
    """Writes a TIFF file with all the photos as pages, or another file with the first one alone.

    Args:
        photos: Iterable of photos, see `write`; one is in memory at a time.
        path: See `write`.
        folder: The `atomic.identity` that the file's folder must still have, or None for any.

    Returns:
        The number of pages.

    Raises:
        PhotoError: As `write` does, and any that `photos` raises.
    """
    path = pathlib.Path(path)
    found = formats.BY_EXTENSION.get(path.suffix.lower())
    if found is None or found.output:
        extensions = ", ".join(formats.FORMATS)
        raise PhotoError(f"{printable(path)}: end its name in one of {extensions}")
    if found.name != "JPEG":
        photos = map(_with_pixels, photos)
    try:
        with atomic.replacing(path, folder) as file:
            return found.module.write(photos, file)
    except PhotoError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PhotoError(f"{printable(path)}: can't be written: {reason}") from error


def _with_pixels(photo):
    if isinstance(photo, PlanarPhoto):
        raise ValueError("planes are for JPEG files alone")
    return photo
