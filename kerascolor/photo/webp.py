"""WebP files."""

import functools

from PIL import WebPImagePlugin

from kerascolor.photo import encoding, images, reader

LONGEST_SIDE = 16383


class Reader(reader.Reader):
    """Reads a WebP file."""

    FORMAT = WebPImagePlugin.WebPImageFile.format


def encode(photo):
    """The file's bytes."""
    encoding.check_sides(photo, LONGEST_SIDE, "WebP")
    return encoding.save(
        images.to_image(photo),
        "WEBP",
        quality=encoding.QUALITY,
        exif=photo.exif,
        icc_profile=photo.icc_profile,
        xmp=photo.xmp,
    )


write = functools.partial(encoding.write_first, encode)
