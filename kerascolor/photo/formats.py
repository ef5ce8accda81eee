"""The table of photo formats, each of which is read and written by a module of its own."""

import dataclasses
import importlib
import pathlib
import re


@dataclasses.dataclass(frozen=True)
class Format:
    """A kind of photo file.

    The module of this package that has its name in small letters is loaded when it is first
    needed. It defines `Reader`, a `reader.Reader`, and, if such files are written, too,
    `write(photos, file)`, which returns how many photos it has written.

    Args:
        name: What people call it.
        extensions: What its files' names end in, in small letters.
        signature: Regular expression for the bytes that its files begin with.
        output: The extension of what its photos are written as, if that is another format.
    """

    name: str
    extensions: tuple[str, ...]
    signature: bytes
    output: str | None = None

    @property
    def module(self):
        return importlib.import_module(f"{__package__}.{self.name.lower().replace(' ', '')}")


TABLE = (
    Format("JPEG", (".jpg", ".jpeg"), rb"\xff\xd8\xff"),
    Format("PNG", (".png",), rb"\x89PNG\r\n\x1a\n"),
    Format("WebP", (".webp",), rb"RIFF....WEBP"),
    Format("TIFF", (".tif", ".tiff"), rb"II[*+]\0|MM\0[*+]"),
    Format("BMP", (".bmp",), rb"BM"),
    # These are only read. What loses detail anyway becomes JPEG, what does not stays without loss.
    Format("AVIF", (".avif",), rb"....ftyp(avi[fs]|mif1.{,40}avif)", ".jpg"),
    Format("HEIC", (".heic", ".heif"), rb"....ftyp(he[iv][cxms]|mif1|msf1)", ".jpg"),
    Format(
        "JPEG 2000",
        (".jp2", ".j2k", ".jpf", ".jpx"),
        rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
        ".tif",
    ),
    Format("GIF", (".gif",), rb"GIF8[79]a", ".png"),
    Format("PPM", (".ppm", ".pgm", ".pbm", ".pnm"), rb"P[1-6]\s", ".png"),
)
BY_EXTENSION = {extension: entry for entry in TABLE for extension in entry.extensions}
# Extensions of all photos that are read.
EXTENSIONS = tuple(BY_EXTENSION)
# Pillow's name of the formats that are also written, by extension.
FORMATS = {
    extension: entry.name.upper() for extension, entry in BY_EXTENSION.items() if not entry.output
}
# As much as the signatures look at.
SIGNATURE_BYTES = 64


def output_suffix(path):
    """The extension of the file that a photo with this name is written as, unless told otherwise.

    It is the photo's own where its format is written: .jpg for HEIC and AVIF, .tif for JPEG 2000,
    whose 16 bits it keeps, and .png for GIF and PPM.

    Args:
        path: The photo's, which ends in one of `EXTENSIONS`.
    """
    suffix = pathlib.PurePath(path).suffix
    return BY_EXTENSION[suffix.lower()].output or suffix


def recognize(content):
    """The `Format` of a file that begins with these bytes, or None."""
    for entry in TABLE:
        if re.match(entry.signature, content, re.DOTALL):
            return entry
    return None


def names():
    """The formats' names, as a sentence has them."""
    *others, last = (entry.name for entry in TABLE)
    return f"{', '.join(others)} or {last}"
