"""Where the pages of a TIFF or BigTIFF file are, found before any of their pixels are read."""

import struct
from typing import NamedTuple

from kerascolor.photo.base import PhotoError

# A hostile file of a megabyte can have so many pages that they take hours.
MAX_PAGES = 10_000
MAX_TAGS = 4096
WIDTH, HEIGHT = 256, 257
ROWS_PER_STRIP, PLANAR, SAMPLES = 278, 284, 277
TILE_WIDTH, TILE_HEIGHT = 322, 323
EXIF, GPS = 34665, 34853
# Bytes of a value, by the number of its type.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
SIZES |= {16: 8, 17: 8, 18: 8}
# Types of whole numbers, as `struct` names them.
INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}


class Page(NamedTuple):
    """Where a page's directory of tags is in the file, how large it is, and of how many parts."""

    offset: int
    width: int
    height: int
    segments: int


class Layout(NamedTuple):
    """How a file writes numbers: "<" or ">" first, and whether it is a BigTIFF file."""

    order: str
    is_big: bool

    @classmethod
    def of(cls, head):
        """The layout of a file that begins with these bytes."""
        return cls("<" if head[:1] == b"I" else ">", 43 in head[2:4])


def find(file):
    """The `Page` of each page, in their order.

    Args:
        file: Open for reading in binary.

    Raises:
        PhotoError: There are more pages than MAX_PAGES, or a directory can't be right.
    """
    file.seek(0)
    layout = Layout.of(file.read(4))
    number = struct.Struct(layout.order + ("Q" if layout.is_big else "I"))
    file.seek(8 if layout.is_big else 4)
    offset, pages, seen = _read(file, number), [], set()
    while offset and offset not in seen:
        if len(pages) == MAX_PAGES:
            raise PhotoError(f"more than the {MAX_PAGES} pages allowed: split it")
        seen.add(offset)
        tags = _tags(file, offset, layout)
        following = _read(file, number, end=0)
        for tag in (EXIF, GPS):
            if tags.get(tag):
                _tags(file, tags[tag], layout)
        pages.append(Page(offset, tags.get(WIDTH, 0), tags.get(HEIGHT, 0), _segments(tags)))
        offset = following
    return pages


def _segments(tags):
    """How many strips or tiles a page with these tags has."""
    width, height = tags.get(WIDTH, 0), tags.get(HEIGHT, 0)
    rows = tags.get(TILE_HEIGHT if TILE_WIDTH in tags else ROWS_PER_STRIP, height)
    columns = tags.get(TILE_WIDTH, width)
    planes = tags.get(SAMPLES, 1) if tags.get(PLANAR) == 2 else 1
    return planes * -(-height // max(1, rows)) * -(-width // max(1, columns))


def _read(file, number, end=None):
    """The next number, or `end` where the file is over."""
    content = file.read(number.size)
    if len(content) == number.size:
        return number.unpack(content)[0]
    if end is None:
        raise PhotoError("the file is damaged: it ends within its list of pages")
    return end


def _tags(file, offset, layout):
    """Those whole numbers of a directory that stand in itself, by their tags.

    Raises:
        PhotoError: Its values claim more room than the file has, which would be memory taken.
    """
    length = file.seek(0, 2)
    file.seek(offset)
    count = _read(file, struct.Struct(layout.order + ("Q" if layout.is_big else "H")))
    entry = struct.Struct(layout.order + ("HHQ8s" if layout.is_big else "HHI4s"))
    content = file.read(min(count, MAX_TAGS) * entry.size)
    if count > MAX_TAGS or len(content) < count * entry.size:
        raise PhotoError("the file is damaged: it ends within its list of pages")
    tags, room = {}, 0
    for tag, kind, values, value in entry.iter_unpack(content):
        size = values * SIZES.get(kind, 1)
        room += size if size > len(value) else 0
        if values == 1 and kind in INTEGERS:
            tags[tag] = struct.unpack_from(layout.order + INTEGERS[kind], value)[0]
    if room > 2 * length:
        raise PhotoError("the file is damaged: its tags are longer than all of it")
    return tags
