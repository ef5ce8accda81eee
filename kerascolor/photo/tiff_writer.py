"""Writing TIFF files of 8 or 16 bits and one or more pages, compressed, with their metadata.

The directories are made by Pillow, which itself can't write colours of 16 bits, nor EXIF data next
to compressed pixels.
"""

import zlib

import numpy as np
from PIL import Image, TiffImagePlugin, TiffTags

# How many bytes of pixels are compressed at a time: those of a whole photo would double its memory.
STRIP_BYTES = 2**20
LARGEST = 2**32 - 1
IPTC = 33723


def write(photos, file):
    """Writes a page for each photo, one after the other.

    Args:
        photos: Iterable of `photo.Photo` in RGB.
        file: An empty binary file, open for writing and seeking.

    Returns:
        The number of pages.

    Raises:
        ValueError: The file would be larger than TIFF allows.
    """
    count, link = 0, None
    for photo in photos:
        start = file.tell()
        directory = _write_page(photo, file)
        start = start or 8  # Behind the file's header
        if link:
            _overwrite(file, link, start.to_bytes(4, "little"))
        link = start + 2 + 12 * len(directory)
        count += 1
        del photo  # Otherwise it would stay in memory while the next one is made.
    return count


def _write_page(photo, file):
    """Writes a directory and its strips at the file's end; returns the directory."""
    height, width = photo.pixels.shape[:2]
    planes = [photo.pixels] + ([] if photo.alpha is None else [photo.alpha])
    rows = max(1, STRIP_BYTES // sum(plane[0].nbytes for plane in planes))
    tops = range(0, height, rows)
    directory = _directory(photo, height, width, rows, len(tops))
    start = file.tell()
    # This only takes its room: the strips' sizes and places are known once they are written.
    directory.save(file)
    sizes = [file.write(_strip([plane[top : top + rows] for plane in planes])) for top in tops]
    # The next directory has to begin at an even offset.
    file.write(bytes(file.tell() % 2))
    if file.tell() > LARGEST:
        raise ValueError("TIFF files have at most 4 GB: choose another format")
    offsets = np.cumsum([0, *sizes[:-1]]).tolist()  # From the directory's end
    directory[TiffImagePlugin.STRIPBYTECOUNTS] = tuple(sizes)
    directory[TiffImagePlugin.STRIPOFFSETS] = tuple(offsets)
    _overwrite(file, start or 8, directory.tobytes(start or 8))
    return directory


def _overwrite(file, place, content):
    end = file.tell()
    file.seek(place)
    file.write(content)
    file.seek(end)


def _strip(planes):
    """The bytes of some rows."""
    pixels = np.dstack(planes)
    # Neighbours differ little, so that their differences are compressed to much less.
    pixels[:, 1:] -= pixels[:, :-1].copy()
    return zlib.compress(pixels.astype(pixels.dtype.newbyteorder("<"), copy=False))


def _directory(photo, height, width, rows, strips):
    """A page's tags, in which the sizes and places of the strips are still zeros."""
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    exif = Image.Exif()
    exif.load(photo.exif)
    for tag in exif:
        directory[tag] = exif.get_ifd(tag) or exif[tag]
    channels = 3 if photo.alpha is None else 4
    directory[TiffImagePlugin.IMAGEWIDTH] = width
    directory[TiffImagePlugin.IMAGELENGTH] = height
    directory[TiffImagePlugin.BITSPERSAMPLE] = (8 * photo.pixels.itemsize,) * channels
    directory[TiffImagePlugin.COMPRESSION] = 8  # Deflate
    directory[TiffImagePlugin.PREDICTOR] = 2  # Horizontal differences
    directory[TiffImagePlugin.PHOTOMETRIC_INTERPRETATION] = 2  # RGB
    directory[TiffImagePlugin.SAMPLESPERPIXEL] = channels
    directory[TiffImagePlugin.PLANAR_CONFIGURATION] = 1  # A pixel's channels stand together
    directory[TiffImagePlugin.ROWSPERSTRIP] = rows
    for tag in (TiffImagePlugin.STRIPBYTECOUNTS, TiffImagePlugin.STRIPOFFSETS):
        directory.tagtype[tag] = TiffTags.LONG
        directory[tag] = (0,) * strips
    if photo.alpha is not None:
        directory[TiffImagePlugin.EXTRASAMPLES] = 2  # Alpha by which the colours are not multiplied
    if photo.icc_profile:
        directory[TiffImagePlugin.ICCPROFILE] = photo.icc_profile
    if photo.xmp:
        directory.tagtype[TiffImagePlugin.XMP] = TiffTags.BYTE
        directory[TiffImagePlugin.XMP] = photo.xmp
    if photo.iptc:
        directory.tagtype[IPTC] = TiffTags.UNDEFINED
        directory[IPTC] = photo.iptc
    if photo.dpi:
        directory[TiffImagePlugin.RESOLUTION_UNIT] = 2  # Inch
        directory[TiffImagePlugin.X_RESOLUTION], directory[TiffImagePlugin.Y_RESOLUTION] = photo.dpi
    return directory
