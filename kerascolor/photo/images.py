"""From PIL images to photos and back, with the colour profiles applied that a photo can't keep."""

import io

import cv2
import numpy as np
from PIL import Image

from kerascolor.photo.base import Photo, PhotoError

# A tag of TIFF files.
PHOTOMETRIC_INTERPRETATION = 262


def from_image(image):
    """The `Photo` in a PIL image as it stands: without regard to orientation and EXIF data.

    Raises:
        PhotoError: The image's mode is not one of a photo, such as 32-bit floats.
    """
    profile = image.info.get("icc_profile") or b""
    if image.mode.startswith("I;16"):
        return Photo(grey_to_srgb(_grey_16_bits(image), profile))
    if image.mode == "CMYK":
        return from_cmyk(np.asarray(image), profile)
    has_alpha = "transparency" in image.info or image.mode in ("LA", "PA", "RGBA", "La", "RGBa")
    if image.mode in ("1", "L", "LA", "La"):
        pixels, alpha = _bands(image, "LA" if has_alpha else "L")
        return Photo(grey_to_srgb(pixels, profile), alpha)
    if image.mode in ("P", "PA", "RGB", "RGBA", "RGBa", "YCbCr"):
        pixels, alpha = _bands(image, "RGBA" if has_alpha else "RGB")
        return Photo(pixels, alpha, icc_profile=profile_for(b"RGB ", profile))
    raise PhotoError(f"pixels of the kind {image.mode!r} are not supported: save it as RGB or grey")


def _grey_16_bits(image):
    pixels = np.asarray(image).astype(np.uint16)
    # Pillow inverts TIFF files of 8 bits in which 0 is white, but not those of 16.
    return ~pixels if getattr(image, "tag_v2", {}).get(PHOTOMETRIC_INTERPRETATION) == 0 else pixels


def from_bgr(pixels, profile, white=65535):
    """The `Photo` of colours of 16 bits as OpenCV reads them, which Pillow brings down to 8.

    Args:
        pixels: (H, W, 3) or (H, W, 4) in the order of blue, green and red.
        profile: ICC profile; b"" for none.
        white: The largest value that a pixel may have.

    Raises:
        PhotoError: OpenCV can't read them.
    """
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        raise PhotoError("its colours of 16 bits can't be read: save it as PNG or TIFF")
    if white != 65535:
        pixels = np.rint(np.minimum(pixels / np.float32(white), 1) * 65535).astype(np.uint16)
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    pixels = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2RGB)
    return Photo(pixels, alpha, icc_profile=profile_for(b"RGB ", profile))


def _bands(image, mode):
    """The image's colours (H, W) or (H, W, 3), and its alpha (H, W) where the mode has it."""
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    if mode in ("L", "RGB"):
        return pixels, None
    *colors, alpha = cv2.split(pixels)
    return (colors[0] if len(colors) == 1 else cv2.merge(colors)), alpha


def to_image(photo):
    """A PIL image of a `Photo`: L, LA, RGB or RGBA, of 8 bits a channel."""
    pixels = to_8_bits(photo.pixels)
    if photo.alpha is not None:
        pixels = cv2.merge([pixels, to_8_bits(photo.alpha)])
    image = Image.fromarray(pixels)
    if photo.icc_profile:
        image.info["icc_profile"] = photo.icc_profile
    return image


def to_8_bits(pixels):
    return pixels if pixels.dtype == np.uint8 else cv2.convertScaleAbs(pixels, alpha=1 / 257)


def profile_for(space, profile):
    """The ICC profile if it is one for this colour space, else b""."""
    return profile if profile[16:20] == space else b""


def grey_to_srgb(pixels, profile):
    """Grey levels (H, W) whose meaning is that of sRGB, not of the image's own profile."""
    levels = np.arange(256, dtype=np.uint8)
    converted = _to_srgb(Image.fromarray(levels[None]), profile_for(b"GRAY", profile))
    if converted is None:
        return pixels
    table = np.asarray(converted)[0, :, 1]
    if pixels.dtype == np.uint8:
        return cv2.LUT(pixels, table)
    return np.rint(np.interp(pixels, levels * 257.0, table * 257.0)).astype(np.uint16)


def from_cmyk(pixels, profile):
    """The `Photo` of CMYK pixels (H, W, 4), uint8."""
    image = Image.fromarray(pixels, "CMYK")
    converted = _to_srgb(image, profile_for(b"CMYK", profile))
    return Photo(np.asarray(image.convert("RGB") if converted is None else converted))


def _to_srgb(image, profile):
    """The image in sRGB, or None where it has no profile or a broken one."""
    if not profile:
        return None
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
