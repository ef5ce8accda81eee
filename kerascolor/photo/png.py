"""PNG files. OpenCV reads and writes those of 16 bits a channel, which Pillow brings down to 8."""

import functools
import io
import zlib

import cv2
import numpy as np
from PIL import PngImagePlugin

from kerascolor.photo import encoding, images, reader
from kerascolor.photo.base import PhotoError

SIGNATURE_BYTES = 8
HEADER_BYTES = 25
# The keyword of a text chunk, no compression, no language.
XMP = b"XML:com.adobe.xmp\0\0\0\0\0"


class Reader(reader.Reader):
    """Reads a PNG file."""

    FORMAT = PngImagePlugin.PngImageFile.format

    def open(self):
        image = super().open()
        # Pillow forgets this when it reads the pixels, which it does to find EXIF data after them.
        self._is_deep = image.mode in ("RGB", "RGBA") and image.tile[0][3].endswith(";16B")
        return image

    def own_metadata(self, exif):
        text = tuple(
            (name, str(value))
            for name, value in self.image.text.items()
            # These hold EXIF data and XMP packets, which are kept by themselves.
            if not name.startswith(("Raw profile", "XML:"))
        )
        return {"text": text}

    def decode(self, page):
        photo = super().decode(page)
        if not self._is_deep:
            return photo
        content = np.fromfile(self.path, np.uint8)
        _check_chunks(memoryview(content))
        if page:
            _, found = cv2.imdecodemulti(content, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
            pixels = found[0] if found else None
        else:
            pixels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
        return images.from_bgr(pixels, self.image.info.get("icc_profile") or b"")


def _check_chunks(content):
    """Raises PhotoError where a chunk of the file claims to be longer than the file.

    Pillow passes over it where the pixels are whole; OpenCV would take as much memory.
    """
    place = SIGNATURE_BYTES
    while place + 12 <= len(content):
        kind = content[place + 4 : place + 8]
        place += 12 + int.from_bytes(content[place : place + 4])
        if place > len(content):
            raise PhotoError("the file is damaged: a part of it is longer than all")
        if kind == b"IEND":
            return


def encode(photo):
    """The file's bytes."""
    if photo.pixels.dtype == np.uint16:
        return _encode_16_bits(photo)
    text = PngImagePlugin.PngInfo()
    for content in _texts(photo):
        text.add(b"iTXt", content)
    kept = {"exif": photo.exif, "icc_profile": photo.icc_profile, "dpi": photo.dpi}
    return encoding.save(images.to_image(photo), "PNG", pnginfo=text, **kept)


def _texts(photo):
    """The contents of text chunks: keyword, no compression, no language, text."""
    texts = [XMP + photo.xmp] if photo.xmp else []
    for name, text in photo.text:
        texts.append(name.encode("latin-1", "replace") + bytes(5) + text.encode())
    return texts


def _encode_16_bits(photo):
    """The bytes of OpenCV's file, with the metadata put behind its header."""
    bands = [photo.pixels[..., ::-1]] + ([] if photo.alpha is None else [photo.alpha])
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(np.dstack(bands)))
    head = SIGNATURE_BYTES + HEADER_BYTES
    file = io.BytesIO()
    file.write(encoded[:head])
    if photo.icc_profile:
        profile = b"ICC Profile\0\0" + zlib.compress(photo.icc_profile)
        PngImagePlugin.putchunk(file, b"iCCP", profile)
    if photo.dpi:
        per_metre = [round(dots / 0.0254).to_bytes(4) for dots in photo.dpi]
        PngImagePlugin.putchunk(file, b"pHYs", *per_metre, b"\1")
    if photo.exif:
        PngImagePlugin.putchunk(file, b"eXIf", photo.exif.removeprefix(b"Exif\0\0"))
    for content in _texts(photo):
        PngImagePlugin.putchunk(file, b"iTXt", content)
    file.write(encoded[head:])
    return file.getbuffer()


write = functools.partial(encoding.write_first, encode)
