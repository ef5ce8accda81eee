"""Photo files to pixels and back: the ground floor of the runtime."""

from kerascolor.photo.files import (
    FORMATS,
    Photo,
    PhotoError,
    from_image,
    printable,
    read,
    read_pages,
    to_image,
    write,
    write_pages,
)

__all__ = [
    "FORMATS",
    "Photo",
    "PhotoError",
    "from_image",
    "printable",
    "read",
    "read_pages",
    "to_image",
    "write",
    "write_pages",
]
