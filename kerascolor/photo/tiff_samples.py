"""Decoding those pages of TIFF files that Pillow can't: more than 8 bits a channel, or planes."""

import io
import itertools
import zlib

import numpy as np
from PIL import Image, TiffImagePlugin
from PIL.TiffImagePlugin import (
    BITSPERSAMPLE,
    COMPRESSION,
    FILLORDER,
    IMAGELENGTH,
    IMAGEWIDTH,
    PLANAR_CONFIGURATION,
    PREDICTOR,
    ROWSPERSTRIP,
    SAMPLEFORMAT,
    SAMPLESPERPIXEL,
    STRIPBYTECOUNTS,
    STRIPOFFSETS,
    TILEBYTECOUNTS,
    TILELENGTH,
    TILEOFFSETS,
    TILEWIDTH,
)

from kerascolor.photo import reader
from kerascolor.photo.base import PhotoError

# NumPy's kinds by the tag's value: whole numbers and floats.
KINDS = {1: "u", 3: "f"}
LZW = 5
DEFLATE = (8, 32946)
# The other compressions that Pillow's libtiff undoes: PackBits, LZMA and Zstandard.
OTHERS = (32773, 34925, 50000)
HORIZONTAL, FLOATING_POINT = 2, 3


def can_decode(tags, alone=False):
    """Whether a page with these tags is one for `decode`.

    Args:
        tags: The page's, by number.
        alone: Whether Pillow can't read the file at all.
    """
    bits = depths(tags)
    kinds = set(_all(tags, SAMPLEFORMAT, 1))
    if tags.get(COMPRESSION, 1) not in (1, LZW, *DEFLATE, *OTHERS) or len(bits | kinds) > 8:
        return False
    if bits == {8}:
        # Pillow reads some of these wrongly, and others not at all.
        return (alone or tags.get(PLANAR_CONFIGURATION) == 2) and kinds == {1}
    return len(bits) == len(kinds) == 1 and bits <= {16, 32, 64} and kinds <= set(KINDS)


def depths(tags):
    """The different numbers of bits that a page's channels have."""
    return set(_all(tags, BITSPERSAMPLE, 1))


def _all(tags, tag, default):
    return np.atleast_1d(tags.get(tag, default)).tolist()


class _Page:
    """How a page's samples are laid out in strips or tiles, each of them a segment."""

    def __init__(self, tags, order):
        self.width, self.height = int(tags[IMAGEWIDTH]), int(tags[IMAGELENGTH])
        self.samples = int(tags.get(SAMPLESPERPIXEL, 1))
        kind = KINDS[_all(tags, SAMPLEFORMAT, 1)[0]]
        self.dtype = np.dtype(f"{order}{kind}{_all(tags, BITSPERSAMPLE, 1)[0] // 8}")
        self.compression = tags.get(COMPRESSION, 1)
        self.predictor = tags.get(PREDICTOR, 1)
        self.planes = self.samples if tags.get(PLANAR_CONFIGURATION) == 2 else 1
        self.channels = self.samples // self.planes
        self.is_tiled = TILEWIDTH in tags
        if self.is_tiled:
            self.rows, self.columns = int(tags[TILELENGTH]), int(tags[TILEWIDTH])
            places = TILEOFFSETS, TILEBYTECOUNTS
        else:
            rows = int(tags.get(ROWSPERSTRIP, self.height))
            self.rows, self.columns = min(rows, self.height), self.width
            places = STRIPOFFSETS, STRIPBYTECOUNTS
        if min(self.rows, self.columns, self.samples, self.width, self.height) < 1:
            raise ValueError("a size of nothing")
        if tags.get(FILLORDER, 1) != 1:
            raise PhotoError("its bits are in reverse order: save it again")
        offsets, sizes = (_all(tags, tag, ()) for tag in places)
        self.segments = list(zip(offsets, sizes, strict=False))

    def shape(self, top):
        """Rows, columns and channels of a segment that begins at the row `top`."""
        rows = self.rows if self.is_tiled else min(self.rows, self.height - top)
        return rows, self.columns, self.channels

    def count(self):
        """How many segments there should be."""
        return self.planes * -(-self.height // self.rows) * -(-self.width // self.columns)

    def places(self):
        """Plane, top and left of each segment, in their order."""
        tops = range(0, self.height, self.rows)
        lefts = range(0, self.width, self.columns)
        return itertools.product(range(self.planes), tops, lefts)


def decode(file, tags, order, max_bytes, damaged=False):
    """The samples (H, W, C) of a page, with nothing of their meaning applied.

    Args:
        file: Open for reading in binary.
        tags: The page's, by number.
        order: "<" or ">", whichever its numbers begin with.
        max_bytes: The most that the samples may take, and that a segment may.
        damaged: Whether to leave zeros where segments are damaged.

    Raises:
        PhotoError: Segments are missing, cut short or too large.
    """
    page = _Page(tags, order)
    size = page.height * page.width * page.samples * page.dtype.itemsize
    if max(size, int(np.prod(page.shape(0))) * page.dtype.itemsize) > max_bytes:
        raise PhotoError("its pixels would take too much memory: make it smaller")
    # Looking for each of them would take long.
    if page.count() > file.seek(0, io.SEEK_END):
        raise PhotoError(f"the file is damaged: it has no room for {page.count()} strips or tiles")
    result = np.zeros((page.height, page.width, page.samples), page.dtype.newbyteorder("="))
    segments = iter(page.segments)
    for plane, top, left in page.places():
        shape = page.shape(top)
        first = plane * page.channels
        place = result[top : top + shape[0], left : left + shape[1], first : first + page.channels]
        try:
            segment = _segment(file, *next(segments, (0, 0)), shape, page)
        except Exception:
            if not damaged:
                raise
            continue
        place[:] = segment[: place.shape[0], : place.shape[1]]
    return result


def _segment(file, offset, size, shape, page):
    """The samples (h, w, c) of a strip or tile."""
    if not offset or not size:
        raise PhotoError(f"the file is damaged: it lacks rows of {page.width} x {page.height}")
    expected = int(np.prod(shape)) * page.dtype.itemsize
    file.seek(offset)
    content = file.read(min(size, expected) if page.compression == 1 else size)
    content = _unpack(content, page.compression, expected // shape[0], shape[0])
    if len(content) < expected:
        raise PhotoError("the file is damaged: a part of its pixels is cut short")
    if page.predictor == FLOATING_POINT:
        return _undo_floating_point(content[:expected], shape, page.dtype)
    segment = np.frombuffer(content, page.dtype, int(np.prod(shape))).reshape(shape)
    segment = segment.astype(page.dtype.newbyteorder("="), copy=False)
    if page.predictor == HORIZONTAL:
        # Sums that are too large for the type wrap around, as the differences did.
        return np.cumsum(segment, axis=1, dtype=segment.dtype)
    return segment


def _unpack(content, compression, row_bytes, rows):
    """The bytes of a segment, never many more than it should have."""
    if compression == 1:
        return content
    if compression in DEFLATE:
        return zlib.decompressobj().decompress(content, row_bytes * rows)
    # libtiff unpacks the others if it takes them for grey pixels, which have no meaning.
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[IMAGEWIDTH], tags[IMAGELENGTH], tags[ROWSPERSTRIP] = row_bytes, rows, rows
    tags[BITSPERSAMPLE], tags[COMPRESSION], tags[SAMPLESPERPIXEL] = 8, compression, 1
    tags[TiffImagePlugin.PHOTOMETRIC_INTERPRETATION] = 1
    tags[STRIPOFFSETS], tags[STRIPBYTECOUNTS] = 0, len(content)
    file = io.BytesIO()
    # The offset counts from the directory's end.
    tags.save(file)
    file.write(content)
    with reader.limit_lifted(), Image.open(file, formats=["TIFF"]) as image:
        return np.asarray(image).tobytes()


def _undo_floating_point(content, shape, dtype):
    """Floats whose bytes are stored by their significance, as differences (TIFF's predictor 3)."""
    rows, columns, channels = shape
    stored = np.frombuffer(content, np.uint8).reshape(rows, -1, channels)
    stored = np.cumsum(stored, axis=1, dtype=np.uint8)
    stored = stored.reshape(rows, dtype.itemsize, columns * channels).swapaxes(1, 2)
    floats = np.ascontiguousarray(stored).view(dtype.newbyteorder(">"))
    return floats.reshape(shape).astype(dtype.newbyteorder("="))
