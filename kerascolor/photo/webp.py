"""WebP files."""

import functools

from PIL import WebPImagePlugin

from kerascolor.photo import encoding, images, reader

LONGEST_SIDE = 16383


class Reader(reader.Reader):
    """Reads a WebP file."""

    FORMAT = WebPImagePlugin.WebPImageFile.format

    def own_metadata(self, exif):
        return {"lossless": b"VP8L" in _chunks(self.path)}


def _chunks(path):
    """The names of the file's parts."""
    names = []
    with open(path, "rb") as file:
        file.seek(12)
        while len(head := file.read(8)) == 8:
            names.append(head[:4])
            # An animation's frames have parts of their own behind 16 bytes.
            size = int.from_bytes(head[4:], "little")
            file.seek(16 if head[:4] == b"ANMF" else size + size % 2, 1)
    return names


def encode(photo):
    """The file's bytes."""
    encoding.check_sides(photo, LONGEST_SIDE, "WebP")
    return encoding.save(
        images.to_image(photo),
        "WEBP",
        quality=encoding.QUALITY,
        lossless=photo.lossless,
        exif=photo.exif,
        icc_profile=photo.icc_profile,
        xmp=photo.xmp,
    )


write = functools.partial(encoding.write_first, encode)
