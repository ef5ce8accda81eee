"""What a photo's file says beside its pixels: orientation, EXIF data, XMP, resolution."""

import dataclasses
import re

import cv2

ORIENTATION = 0x0112
# Turns and flips that bring a photo upright, by the orientation in its EXIF data.
UPRIGHT = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
# Orientations in which a photo lies on its side.
LYING = (5, 6, 7, 8)
# EXIF tags that describe the photo; others describe how its file was stored. Description, make,
# model, resolution (3), software, date, artist, computer, rating (2), copyright, the EXIF and GPS
# directories, and what Windows adds (5).
KEPT_TAGS = {270, 271, 272, 282, 283, 296, 305, 306, 315, 316, 18246, 18249, 33432, 34665, 34853}
KEPT_TAGS |= {40091, 40092, 40093, 40094, 40095}
XMP_ORIENTATION = re.compile(
    rb"""tiff:Orientation\s*=\s*("[^"]*"|'[^']*')|<tiff:Orientation>[^<]*</tiff:Orientation>"""
)


def turn_upright(photo, orientation):
    """The `Photo`, turned and flipped as the EXIF orientation asks for."""
    if orientation not in UPRIGHT:
        return photo
    turn = UPRIGHT[orientation]
    alpha = None if photo.alpha is None else turn(photo.alpha)
    return dataclasses.replace(photo, pixels=turn(photo.pixels), alpha=alpha)


def kept_exif(exif):
    """The EXIF data that holds for an upright photo in a file of another format."""
    for tag in set(exif) - KEPT_TAGS:
        del exif[tag]
    exif.bigtiff = False  # Which no program expects in EXIF data.
    try:
        return exif.tobytes() if len(exif) else b""
    except Exception:
        # Some cameras' data can be read but not written again; the photo matters more.
        return b""


def kept_xmp(info):
    """The XMP packet that holds for an upright photo, from what Pillow says of the image."""
    packet = info.get("xmp") or b""
    if isinstance(packet, str):
        packet = packet.encode()
    return XMP_ORIENTATION.sub(b"", packet) if isinstance(packet, bytes) else b""


def dpi(info, exif):
    """Dots per inch of the upright photo, across and down, from what Pillow says of it; or None."""
    try:
        horizontal, vertical = (float(value) for value in info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # Pillow gives 1 for a TIFF file that says nothing about it.
    if not 1 < min(horizontal, vertical) < 65536:
        return None
    is_lying = exif.get(ORIENTATION) in LYING
    return (vertical, horizontal) if is_lying else (horizontal, vertical)
