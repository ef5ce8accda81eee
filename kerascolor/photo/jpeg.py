"""JPEG files. libjpeg-turbo itself takes half of Pillow's time on large ones.

What a file says beside its pixels is left to Pillow.
"""

import functools
import pathlib
import re

import cv2
import simplejpeg
from PIL import Image, JpegImagePlugin

from kerascolor.photo import encoding, images, reader
from kerascolor.photo.base import Photo, PhotoError, PlanarPhoto

LONGEST_SIDE = 65500
# What a segment can hold besides its own length and, for the last two, its name.
LONGEST_EXIF = 65533
LONGEST_XMP = 65504
LONGEST_IPTC = 65506
# Where Photoshop keeps IPTC data, as all programs do since, and the names before it.
IPTC_RESOURCE = 0x0404
IPTC_HEAD = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0"
# Each scan goes over the whole picture: a hostile file of some kilobytes can have so many that they
# take hours. The most that a file may have, and that a photo of the largest size may have.
MAX_SCANS = 100
MAX_FULL_SCANS = 12
# A marker's two bytes, other than those that stand among a scan's pixels.
MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
# How libjpeg-turbo's words for damage begin, and those for some bytes too many, which do no harm.
DAMAGES = ("Corrupt JPEG data", "Premature end of JPEG file")
HARMLESS = re.compile(r" \d{1,2} extraneous bytes")
# simplejpeg's names by Pillow's modes.
COLOR_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
# The second byte of the marker before the quantization tables, which come after the metadata.
TABLES = 0xDB


class Reader(reader.Reader):
    """Reads a JPEG file."""

    FORMAT = JpegImagePlugin.JpegImageFile.format

    def __init__(self, path, damaged, max_pixels):
        super().__init__(path, damaged, max_pixels)
        self._content = pathlib.Path(path).read_bytes()

    def count(self):
        # Pillow takes the previews in a camera's file for further pages.
        return 1

    def own_metadata(self, exif):
        resources = self.image.info.get("photoshop")
        content = resources.get(IPTC_RESOURCE) if isinstance(resources, dict) else None
        return {"iptc": content} if isinstance(content, bytes) else {}

    def check(self, page):
        width, height = self.image.size
        scans = _count_scans(self._content)
        if scans > MAX_SCANS or scans * width * height > MAX_FULL_SCANS * self.max_pixels:
            raise PhotoError(
                f"{scans} scans of {width} x {height} pixels are more than allowed: save it again"
            )

    def decode(self, page):
        image = self.image
        pixels = self._decode(COLOR_SPACES.get(image.mode))
        if pixels is None or image.mode == "CMYK":
            return super().decode(page)
        profile = image.info.get("icc_profile") or b""
        if image.mode == "L":
            return Photo(images.grey_to_srgb(pixels[..., 0], profile))
        return Photo(pixels, icc_profile=images.profile_for(b"RGB ", profile))

    def _decode(self, color_space):
        """Pixels (H, W, C), or None where they are left to Pillow.

        Raises:
            PhotoError: The file is damaged.
        """
        try:
            if simplejpeg.decode_jpeg_header(self._content)[1::-1] != self.image.size:
                return None
            return simplejpeg.decode_jpeg(self._content, color_space, strict=not self.damaged)
        except (KeyError, ValueError) as error:
            # Pillow passes over this.
            if str(error).startswith(DAMAGES) and not HARMLESS.search(str(error)):
                raise PhotoError(f"the file is damaged: {error}") from error
            # What remains are kinds of files that simplejpeg does not know.
            return None


def _count_scans(content):
    """How many scans the picture has, apart from the previews and films that its file may hold."""
    place, scans = 2, 0
    while marker := MARKER.search(content, place):
        kind = marker[0][1]
        if kind == END_OF_IMAGE:
            break
        scans += kind == START_OF_SCAN
        place = marker.end() + int.from_bytes(content[marker.end() : marker.end() + 2])
    return scans


def encode(photo):
    """The file's bytes, of a `Photo` or a `PlanarPhoto`."""
    encoding.check_sides(photo, LONGEST_SIDE, "JPEG")
    kept = {
        "dpi": photo.dpi,
        "exif": photo.exif if len(photo.exif) <= LONGEST_EXIF else b"",
        "icc_profile": photo.icc_profile,
        "xmp": photo.xmp if len(photo.xmp) <= LONGEST_XMP else b"",
        "extra": _iptc_segment(photo.iptc),
    }
    if not isinstance(photo, PlanarPhoto):
        return encoding.save(_opaque_image(photo), "JPEG", quality=encoding.QUALITY, **kept)
    pixels = simplejpeg.encode_jpeg_yuv_planes(*photo.planes, encoding.QUALITY)
    head = bytes(encoding.save(Image.new("L", (1, 1)), "JPEG", **kept))
    return head[: _tables(head)] + pixels[_tables(pixels) :]


def _iptc_segment(content):
    """The segment with IPTC data, or b"" where there are none or too many."""
    if not 0 < len(content) <= LONGEST_IPTC:
        return b""
    body = IPTC_HEAD + len(content).to_bytes(4) + content + bytes(len(content) % 2)
    return b"\xff\xed" + (len(body) + 2).to_bytes(2) + body


def _tables(content):
    """Where the file's metadata end."""
    place = 2
    while content[place + 1] != TABLES:
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return place


def _opaque_image(photo):
    """A PIL image of 8 bits without alpha: where it is transparent, it shows white."""
    if photo.alpha is not None:
        image = images.to_image(photo)
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    # Pillow takes an array of four bytes a pixel as it is; it would copy one of three.
    pixels = cv2.cvtColor(images.to_8_bits(photo.pixels), cv2.COLOR_RGB2RGBA)
    return Image.frombuffer("RGBX", pixels.shape[1::-1], pixels, "raw", "RGBX", 0, 1)


write = functools.partial(encoding.write_first, encode)
