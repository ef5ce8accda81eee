"""Hostile photo files: small ones that pretend to be, or unpack to be, far too much."""

import io
import struct
import zlib

import PIL.Image
from PIL import PngImagePlugin


def png(width, height, pixels=b"", depth=8, chunks=()):
    """A PNG file in grey; its pixels are as they come, already compressed."""
    file = io.BytesIO()
    file.write(b"\x89PNG\r\n\x1a\n")
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    for name, content in ((b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")):
        PngImagePlugin.putchunk(file, name, content)
    return file.getvalue()


def png_rows(width, height):
    """Compressed black rows of a PNG file in grey."""
    return zlib.compress(bytes((width + 1) * height))


def bmp(width, height):
    """A BMP file of 24 bits without pixels."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(header), 0, 0, 54) + header + bytes(64)


def jpeg(width, height, scans=1, progressive=True):
    """A JPEG file in grey that says it has this size, its last scan repeated."""
    file = io.BytesIO()
    PIL.Image.new("L", (64, 64)).save(file, "JPEG", progressive=progressive)
    content = file.getvalue()
    size = content.index(b"\xff\xc2" if progressive else b"\xff\xc0") + 5
    content = content[:size] + struct.pack(">HH", height, width) + content[size + 4 :]
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + b"\xff\xd9"


def tiff(width, height, pages=1, circular=False):
    """A TIFF file in grey with so many pages, all of the same 256 bytes."""
    pixels = 8
    entries = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, pixels)]
    entries += [(277, 1), (278, height), (279, width * height % 2**32)]
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    first, size = pixels + 256, len(directory) + 4
    follow = [first + page * size for page in range(1, pages)]
    follow.append(first if circular else 0)
    content = b"II*\0" + struct.pack("<I", first) + bytes(256)
    return content + b"".join(directory + struct.pack("<I", place) for place in follow)


def tiny_tiles(width, height):
    """A TIFF file in grey, each of whose pixels is a tile of its own."""
    count, start = width * height, 8
    places = start + count, start + 5 * count
    entries = [(256, 1, width), (257, 1, height), (258, 1, 8), (259, 1, 1), (262, 1, 1)]
    entries += [(277, 1, 1), (322, 1, 1), (323, 1, 1), (324, count, places[0])]
    entries += [(325, count, places[1])]
    content = b"II*\0" + struct.pack("<I", start + 9 * count) + bytes(count)
    content += struct.pack(f"<{count}I", *range(start, start + count))
    content += struct.pack("<I", 1) * count + struct.pack("<H", len(entries))
    content += b"".join(struct.pack("<HHII", tag, 4, *values) for tag, *values in entries)
    return content + bytes(4)


def webp(width, height):
    """A lossless WebP file of that size, less all of its pixels."""
    header = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
    body = b"WEBPVP8L" + struct.pack("<I", len(header) + 1) + header + b"\0"
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg2000(width, height):
    """A JPEG 2000 file that says it has this size, but whose pixels are 64 x 64."""
    file = io.BytesIO()
    PIL.Image.new("L", (64, 64)).save(file, "JPEG2000", no_jp2=True)
    content = bytearray(file.getvalue())
    content[8:16] = content[24:32] = struct.pack(">II", width, height)
    return bytes(content)


def avif(width, height):
    """An AVIF file that says it has this size, but whose pixels are 64 x 64."""
    file = io.BytesIO()
    PIL.Image.new("L", (64, 64)).save(file, "AVIF")
    content = bytearray(file.getvalue())
    place = content.index(b"ispe") + 8
    content[place : place + 8] = struct.pack(">II", width, height)
    return bytes(content)


def corpus():
    """Hostile files by name; none is a photo worth colorizing."""
    mebibytes = bytes(100 * 2**20)
    text = b"Title\0\0" + zlib.compress(mebibytes)
    profile = b"Profile\0\0" + zlib.compress(mebibytes)
    rows = png_rows(64, 64)
    return {
        "huge.png": png(60_000, 60_000),
        "huge-and-whole.png": png(100_000, 40_000, zlib.compress(mebibytes), depth=1),
        "largest.png": png(2**31 - 1, 2**31 - 1),
        "just-allowed.png": png(17_000, 17_000),
        "huge.bmp": bmp(60_000, 60_000),
        "negative.bmp": bmp(-60_000, -60_000),
        "just-allowed.bmp": bmp(17_000, 17_000),
        "huge.jpg": jpeg(65_500, 65_500),
        "huge.tif": tiff(2**31, 2**31),
        "just-allowed.tif": tiff(17_000, 17_000),
        "no-pixels.webp": webp(4000, 4000),
        "text.png": png(64, 64, rows, chunks=[(b"zTXt", text)]),
        "texts.png": png(64, 64, rows, chunks=[(b"zTXt", _text_of_a_mebibyte())] * 100),
        "profile.png": png(64, 64, b"", chunks=[(b"iCCP", profile)]),
        "pages.tif": tiff(16, 16, pages=100_000),
        "scans.jpg": jpeg(4000, 4000, scans=100_000),
        "sequential-scans.jpg": jpeg(4000, 4000, scans=1000, progressive=False),
        "few-scans.jpg": jpeg(17_000, 17_000, scans=50, progressive=False),
        "shared-pixels.tif": tiff(10_000, 10_000, pages=200),
        "tiny-tiles.tif": tiny_tiles(1000, 1000),
        "empty.png": b"",
        "letter.jpg": b"Dear grandmother,\nhow are you?\n",
        "archive.png": b"PK\x03\x04" + bytes(100),
    }


def _text_of_a_mebibyte():
    return b"Title\0\0" + zlib.compress(bytes(2**20))
