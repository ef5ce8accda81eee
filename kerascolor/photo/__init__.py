"""Photo files to pixels and back: the ground floor of the runtime."""

from kerascolor.photo.base import Metadata, Photo, PhotoError, PlanarPhoto, Planes, printable
from kerascolor.photo.formats import EXTENSIONS, FORMATS, output_suffix
from kerascolor.photo.images import from_image, to_image
from kerascolor.photo.reading import read, read_pages
from kerascolor.photo.writing import write, write_pages

__all__ = [
    "EXTENSIONS",
    "FORMATS",
    "Metadata",
    "Photo",
    "PhotoError",
    "PlanarPhoto",
    "Planes",
    "from_image",
    "output_suffix",
    "printable",
    "read",
    "read_pages",
    "to_image",
    "write",
    "write_pages",
]
