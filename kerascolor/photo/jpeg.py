"""JPEG files. libjpeg-turbo itself takes half of Pillow's time on large ones.

What a file says beside its pixels is left to Pillow.
"""

import functools
import pathlib

import cv2
import simplejpeg
from PIL import Image, JpegImagePlugin

from kerascolor.photo import encoding, images, reader
from kerascolor.photo.base import Photo, PhotoError, PlanarPhoto

LONGEST_SIDE = 65500
# What a segment can hold beside its own length and, for XMP, its name.
LONGEST_EXIF = 65533
LONGEST_XMP = 65504
# Each scan of a progressive file goes over the whole picture: a hostile file of a megabyte can have
# so many that they take hours.
MAX_SCANS = 100
START_OF_SCAN = b"\xff\xda"
# The second byte of the marker before the quantization tables, which come after the metadata.
TABLES = 0xDB


class Reader(reader.Reader):
    """Reads a JPEG file."""

    FORMAT = JpegImagePlugin.JpegImageFile.format

    def check(self, page):
        if not self.image.info.get("progressive"):
            return
        with open(self.path, "rb") as file:
            blocks = iter(lambda: file.read(1 << 20), b"")
            scans = sum(block.count(START_OF_SCAN) for block in blocks)
        if scans > MAX_SCANS:
            raise PhotoError(f"{scans} scans are more than the {MAX_SCANS} allowed: save it again")

    def decode(self, page):
        image = self.image
        if image.format == self.FORMAT and image.mode in ("L", "RGB"):
            content = pathlib.Path(self.path).read_bytes()
            pixels = _decode(content, image.size, image.mode)
            if pixels is not None and image.mode == "L":
                return Photo(images.grey_to_srgb(pixels, image))
            if pixels is not None:
                return Photo(pixels, icc_profile=images.rgb_profile(image))
        return super().decode(page)

    def pages(self):
        # Pillow takes the previews in a camera's file for further pages.
        return 1


def _decode(content, size, mode):
    """Pixels of a file that is whole, or None.

    Args:
        content: The file's bytes.
        size: Its width and height.
        mode: "L" for grey (H, W), "RGB" for colours (H, W, 3).
    """
    try:
        if simplejpeg.decode_jpeg_header(content)[1::-1] != size:
            return None
        if mode == "L":
            return simplejpeg.decode_jpeg(content, "GRAY")[..., 0]
        return simplejpeg.decode_jpeg(content, "RGB")
    except (KeyError, ValueError):
        # simplejpeg raises KeyError for a chroma subsampling that it has no name for.
        return None


def encode(photo):
    """The file's bytes, of a `Photo` or a `PlanarPhoto`."""
    encoding.check_sides(photo, LONGEST_SIDE, "JPEG")
    kept = {
        "dpi": photo.dpi,
        "exif": photo.exif if len(photo.exif) <= LONGEST_EXIF else b"",
        "icc_profile": photo.icc_profile,
        "xmp": photo.xmp if len(photo.xmp) <= LONGEST_XMP else b"",
    }
    if not isinstance(photo, PlanarPhoto):
        return encoding.save(_opaque_image(photo), "JPEG", quality=encoding.QUALITY, **kept)
    pixels = simplejpeg.encode_jpeg_yuv_planes(*photo.planes, encoding.QUALITY)
    head = bytes(encoding.save(Image.new("L", (1, 1)), "JPEG", **kept))
    return head[: _tables(head)] + pixels[_tables(pixels) :]


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
