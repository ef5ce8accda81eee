"""The table of photo formats, of which each is read and written by a module of its own."""

import dataclasses
import importlib
import re


@dataclasses.dataclass(frozen=True)
class Format:
    """A kind of photo file.

    The module of this package that has its name in small letters is loaded when it is first
    needed. It defines `Reader`, a `reader.Reader`, and `write(photos, file)`, which returns how
    many photos it has written.

    Args:
        name: What people call it.
        extensions: Of its files' names, in small letters.
        signature: Regular expression for the bytes that its files begin with.
    """

    name: str
    extensions: tuple[str, ...]
    signature: bytes

    @property
    def module(self):
        return importlib.import_module(f"{__package__}.{self.name.lower()}")


TABLE = (
    Format("JPEG", (".jpg", ".jpeg"), rb"\xff\xd8\xff"),
    Format("PNG", (".png",), rb"\x89PNG\r\n\x1a\n"),
    Format("WebP", (".webp",), rb"RIFF....WEBP"),
    Format("TIFF", (".tif", ".tiff"), rb"II[*+]\0|MM\0[*+]"),
    Format("BMP", (".bmp",), rb"BM"),
)
BY_EXTENSION = {extension: entry for entry in TABLE for extension in entry.extensions}
# Pillow's name of the format, by extension.
FORMATS = {extension: entry.name.upper() for extension, entry in BY_EXTENSION.items()}
# The longest of the signatures.
SIGNATURE_BYTES = 12


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
