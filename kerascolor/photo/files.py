"""Photo files: reading with all that is worth keeping, and writing whole or not at all."""

import contextlib
import dataclasses
import io
import os
import pathlib
import re
import stat
import threading
import zlib

import cv2
import numpy as np

# The drivers by name, or Pillow loads those of all its formats to find these.
from PIL import BmpImagePlugin as _bmp  # noqa: F401
from PIL import Image, PngImagePlugin, TiffImagePlugin
from PIL import JpegImagePlugin as _jpeg  # noqa: F401
from PIL import WebPImagePlugin as _webp  # noqa: F401

from kerascolor import atomic
from kerascolor.photo import jpeg, tiff

FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".bmp": "BMP",
}
# A photo of more pixels is refused before it fills the memory.
MAX_PIXELS = 300_000_000
# Each page of a TIFF file is sought among those before it, and each scan of a progressive JPEG file
# goes over the whole picture: a hostile file of a megabyte can have as many as take hours.
MAX_PAGES = 10_000
MAX_SCANS = 100
# Of JPEG and WebP. The eye finds no difference to 100, of which the file is a third.
QUALITY = 92
LONGEST_SIDE = {"JPEG": 65500, "WEBP": 16383}
# What a JPEG segment can hold beside its own length and, for XMP, its name.
LONGEST_JPEG_EXIF = 65533
LONGEST_JPEG_XMP = 65504

ORIENTATION = 0x0112
# Turns and flips that bring a photo upright, by the orientation that its EXIF data tells.
UPRIGHT = {
    2: lambda pixels: cv2.flip(pixels, 1),
    3: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_180),
    4: lambda pixels: cv2.flip(pixels, 0),
    5: cv2.transpose,
    6: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE),
    7: lambda pixels: cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180),
    8: lambda pixels: cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
# EXIF tags that describe the photo; others describe how its file was stored. Description, make,
# model, resolution (3), software, date, artist, computer, rating (2), copyright, the EXIF and GPS
# directories, and what Windows adds (5).
KEPT_TAGS = {270, 271, 272, 282, 283, 296, 305, 306, 315, 316, 18246, 18249, 33432, 34665, 34853}
KEPT_TAGS |= {40091, 40092, 40093, 40094, 40095}
# Keyword of a PNG text chunk, no compression, no language.
PNG_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
XMP_ORIENTATION = re.compile(
    rb"""tiff:Orientation\s*=\s*("[^"]*"|'[^']*')|<tiff:Orientation>[^<]*</tiff:Orientation>"""
)

_opening = threading.Lock()


class PhotoError(ValueError):
    """A photo that can't be read or written, and why, in one line."""


@dataclasses.dataclass
class Photo:
    """A photo's pixels and what is kept of its file.

    Args:
        pixels: Grey (H, W) or RGB (H, W, 3), uint8 or uint16; or `jpeg.Planes`, of one that is
            written into a JPEG file.
        alpha: Opacity (H, W) of the same type, or None.
        exif: EXIF data, less the orientation, for the pixels are upright; b"" for none.
        icc_profile: Profile of RGB pixels; b"" for sRGB. Others were applied on reading.
        dpi: Horizontal and vertical dots per inch, or None.
        pages: Pictures in the file, of which this is one.
        xmp: XMP packet, less the orientation; b"" for none.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    exif: bytes = b""
    icc_profile: bytes = b""
    dpi: tuple[float, float] | None = None
    pages: int = 1
    xmp: bytes = b""


def printable(path):
    """A path for a message of one line, whatever its name is made of."""
    name = os.fspath(path)
    return name if name.isprintable() else ascii(name)


def read_pages(path):
    """Yields the `Photo` of each page or frame of a file, one at a time; see `read`."""
    page, pages = 0, 1
    while page < pages:
        photo = read(path, page)
        page, pages = page + 1, photo.pages
        yield photo
        del photo  # Or it would stay while the next is read.


def read(path, page=0):
    """Reads a photo file, upright.

    JPEG, PNG, WebP, TIFF and BMP are recognized by their content: black and white, grey, RGB,
    palette or CMYK, 8 or 16 bits, with or without alpha.

    Args:
        path: Of the file.
        page: Which page or frame, from 0.

    Returns:
        `Photo`.

    Raises:
        PhotoError: It is no such file, damaged, can't be read, or is larger than `MAX_PIXELS`,
            `MAX_PAGES` or `MAX_SCANS`.
    """
    name = f"{printable(path)}: page {page + 1}" if page else printable(path)
    try:
        return _read(path, page)
    except PhotoError as error:
        raise PhotoError(f"{name}: {error}") from error
    except Image.UnidentifiedImageError as error:
        raise PhotoError(f"{name}: not a photo in JPEG, PNG, WebP, TIFF or BMP") from error
    except MemoryError as error:
        raise PhotoError(f"{name}: too large for this machine's memory") from error
    except Exception as error:
        # The decoders meet damaged files with exceptions of a dozen kinds.
        raise PhotoError(f"{name}: {_reason(error)}") from error


def _reason(error):
    if isinstance(error, OSError) and error.strerror:
        return f"can't be read: {error.strerror}"
    detail = " ".join(str(error).split()) or type(error).__name__
    return f"the file is damaged: {detail}"


def _read(path, page):
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError("not a file")
    if status.st_size == 0:
        raise PhotoError("the file is empty")
    with _open(path) as image:
        if page:
            if image.format == "TIFF":
                # Or a page without a profile or resolution would get the first one's.
                image.info.clear()
            image.seek(page)
        if image.width * image.height > MAX_PIXELS:
            raise PhotoError(
                f"{image.width} x {image.height} pixels are more than the "
                f"{MAX_PIXELS // 10**6} million allowed: make it smaller"
            )
        if not page:
            _check_pages(image, path)
            _check_scans(image, path)
        _check_rows(image)
        return _decode(image, path, page)


def _check_rows(image):
    """Raises PhotoError where strips of a TIFF file are missing, which Pillow leaves black."""
    corners = [tile[1][2:] for tile in image.tile]
    if corners and np.prod(np.max(corners, axis=0), dtype=np.int64) < image.width * image.height:
        raise PhotoError(f"the file is damaged: it lacks rows of {image.width} x {image.height}")


def _check_pages(image, path):
    """Raises PhotoError where a TIFF file has more pages than MAX_PAGES."""
    if image.format != "TIFF":
        return
    # In an image of its own, for Pillow miscounts the pages once it has sought one too many.
    with _open(path) as another, contextlib.suppress(EOFError):
        another.seek(MAX_PAGES)
        raise PhotoError(f"more than the {MAX_PAGES} pages allowed: split it")


def _check_scans(image, path):
    """Raises PhotoError where a progressive JPEG file has more than MAX_SCANS, thumbnails' too."""
    if not image.info.get("progressive"):
        return
    start_of_scan = b"\xff\xda"
    with open(path, "rb") as file:
        scans = sum(block.count(start_of_scan) for block in iter(lambda: file.read(1 << 20), b""))
    if scans > MAX_SCANS:
        raise PhotoError(f"{scans} scans are more than the {MAX_SCANS} allowed: save it anew")


@contextlib.contextmanager
def _limit_lifted():
    """Without Pillow's own limit on a photo's size, which is lower than ours."""
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _open(path):
    """Opens a photo file."""
    with _limit_lifted():
        return Image.open(path, formats=sorted(set(FORMATS.values())))


def _load(image):
    """Reads an image's pixels; of a TIFF file, Pillow checks the size again."""
    with _limit_lifted() if image.format == "TIFF" else contextlib.nullcontext():
        image.load()


def _decode(image, path, page):
    has_deep_colors = _has_deep_colors(image)
    exif = image.getexif()
    dpi = _dpi(image)
    if dpi and exif.get(ORIENTATION) in (5, 6, 7, 8):
        dpi = dpi[::-1]
    photo = _decode_jpeg(image, path)
    if photo is None:
        _load(image)
        photo = _decode_deep_colors(image, path, page) if has_deep_colors else from_image(image)
    # A TIFF file has none any more: Pillow and OpenCV have turned it upright themselves.
    orientation = exif.get(ORIENTATION)
    if orientation in UPRIGHT:
        turn = UPRIGHT[orientation]
        planes = {"pixels": photo.pixels, "alpha": photo.alpha}
        turned = {name: turn(plane) for name, plane in planes.items() if plane is not None}
        photo = dataclasses.replace(photo, **turned)
    kept = {"exif": _kept(exif), "dpi": dpi, "xmp": _xmp(image)}
    # Last, for counting its pages changes what Pillow says of a TIFF file.
    pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    return dataclasses.replace(photo, pages=pages, **kept)


def _decode_jpeg(image, path):
    """A whole JPEG file in grey or RGB; None where it is left to Pillow."""
    if image.format != "JPEG" or image.mode not in ("L", "RGB"):
        return None
    pixels = jpeg.decode(pathlib.Path(path).read_bytes(), image.size, image.mode)
    if pixels is None:
        return None
    if image.mode == "L":
        return Photo(_grey_to_srgb(pixels, image))
    return Photo(pixels, icc_profile=_rgb_profile(image))


def _xmp(image):
    """The XMP packet that holds for an upright photo."""
    packet = image.info.get("xmp") or b""
    if isinstance(packet, str):
        packet = packet.encode()
    return XMP_ORIENTATION.sub(b"", packet) if isinstance(packet, bytes) else b""


def _kept(exif):
    """The EXIF data that holds for an upright photo in a file of another format."""
    for tag in set(exif) - KEPT_TAGS:
        del exif[tag]
    try:
        return exif.tobytes() if len(exif) else b""
    except Exception:
        # Some cameras' data can be read and not be written again; the photo matters more.
        return b""


def _dpi(image):
    try:
        horizontal, vertical = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    # Of a TIFF file that says nothing of it, Pillow says 1.
    return (horizontal, vertical) if 1 < min(horizontal, vertical) < 65536 else None


def _has_deep_colors(image):
    """Whether the file has colours of 16 bits, which Pillow would bring down to 8."""
    if image.mode not in ("RGB", "RGBA"):
        return False
    if image.format == "TIFF":
        return max(image.tag_v2.get(TiffImagePlugin.BITSPERSAMPLE, (8,))) == 16
    return image.format == "PNG" and image.tile[0][3].endswith(";16B")


def _check_chunks(content):
    """Raises PhotoError where a chunk of a PNG file claims to be longer than the file.

    Pillow passes over it where the pixels are whole; OpenCV would take as much memory.
    """
    place = 8
    while place + 12 <= len(content):
        kind = content[place + 4 : place + 8]
        place += 12 + int.from_bytes(content[place : place + 4])
        if place > len(content):
            raise PhotoError("the file is damaged: a part of it is longer than all")
        if kind == b"IEND":
            return


def _decode_deep_colors(image, path, page):
    content = np.fromfile(path, np.uint8)
    if image.format == "PNG":
        _check_chunks(memoryview(content))
    if page:
        _, found = cv2.imdecodemulti(content, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
        pixels = found[0] if found else None
    else:
        pixels = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        raise PhotoError("colours of 16 bits in this kind of file can't be read: save it as PNG")
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    pixels = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2RGB)
    return Photo(pixels, alpha, icc_profile=_rgb_profile(image))


def from_image(image):
    """The `Photo` in a PIL image as it stands: without regard to orientation and EXIF data.

    Raises:
        PhotoError: The image's mode is no photo's, such as 32-bit floats.
    """
    if image.mode.startswith("I;16"):
        return Photo(_grey_to_srgb(_grey_16_bits(image), image))
    if image.mode == "CMYK":
        return Photo(np.asarray(_cmyk_to_srgb(image)))
    has_alpha = "transparency" in image.info or image.mode in ("LA", "PA", "RGBA", "La", "RGBa")
    if image.mode in ("1", "L", "LA", "La"):
        pixels, alpha = _bands(image, "LA" if has_alpha else "L")
        return Photo(_grey_to_srgb(pixels, image), alpha)
    if image.mode in ("P", "PA", "RGB", "RGBA", "RGBa", "YCbCr"):
        pixels, alpha = _bands(image, "RGBA" if has_alpha else "RGB")
        return Photo(pixels, alpha, icc_profile=_rgb_profile(image))
    raise PhotoError(f"pixels of the kind {image.mode!r} are not supported: save it as RGB or grey")


def _bands(image, mode):
    """The image's colours (H, W) or (H, W, 3), and its alpha (H, W) where the mode has it."""
    pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    if mode in ("L", "RGB"):
        return pixels, None
    *colors, alpha = cv2.split(pixels)
    return (colors[0] if len(colors) == 1 else cv2.merge(colors)), alpha


def _grey_16_bits(image):
    pixels = np.asarray(image).astype(np.uint16)
    tags = getattr(image, "tag_v2", {})
    # Unlike those of 8 bits, Pillow leaves TIFF files in which 0 is white as they are.
    return ~pixels if tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0 else pixels


def _profile(image, space):
    """The ICC profile of an image, if it is one for the colour space `space`, else b""."""
    profile = image.info.get("icc_profile") or b""
    return profile if profile[16:20] == space else b""


def _rgb_profile(image):
    return _profile(image, b"RGB ")


def _grey_to_srgb(pixels, image):
    """Grey levels (H, W) whose meaning is that of sRGB, not of the image's own profile."""
    profile = _profile(image, b"GRAY")
    levels = np.arange(256, dtype=np.uint8)
    converted = _to_srgb(Image.fromarray(levels[None]), profile)
    if converted is None:
        return pixels
    table = np.asarray(converted)[0, :, 1]
    if pixels.dtype == np.uint8:
        return cv2.LUT(pixels, table)
    return np.rint(np.interp(pixels, levels * 257.0, table * 257.0)).astype(np.uint16)


def _cmyk_to_srgb(image):
    converted = _to_srgb(image, _profile(image, b"CMYK"))
    return image.convert("RGB") if converted is None else converted


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


def to_image(photo):
    """A PIL image of a `Photo`: L, LA, RGB or RGBA, of 8 bits a channel."""
    pixels = _to_8_bits(photo.pixels)
    if photo.alpha is not None:
        pixels = cv2.merge([pixels, _to_8_bits(photo.alpha)])
    image = Image.fromarray(pixels)
    if photo.icc_profile:
        image.info["icc_profile"] = photo.icc_profile
    return image


def _to_8_bits(pixels):
    return pixels if pixels.dtype == np.uint8 else cv2.convertScaleAbs(pixels, alpha=1 / 257)


def write(photo, path):
    """Writes a photo file, whose format follows from its extension, whole or not at all.

    PNG and TIFF keep 16 bits, the others get 8. JPEG has no alpha: what is transparent gets white.

    Args:
        photo: `Photo` in RGB.
        path: Of the file; one that exists is replaced.

    Raises:
        PhotoError: The extension is unknown, the photo too large for the format, or the file
            can't be written.
    """
    write_pages([photo], path)


def write_pages(photos, path):
    """Writes a photo file, a TIFF file with all the photos as pages, another with the first alone.

    Args:
        photos: Iterable of `Photo` in RGB, of which one is in memory at a time.
        path: See `write`.

    Returns:
        The number of pages.

    Raises:
        PhotoError: As `write` does, and any that `photos` raises.
    """
    path = pathlib.Path(path)
    file_format = FORMATS.get(path.suffix.lower())
    if file_format is None:
        raise PhotoError(f"{printable(path)}: end its name in one of {', '.join(FORMATS)}")
    try:
        with atomic.replacing(path) as file:
            if file_format == "TIFF":
                return tiff.write(photos, file)
            file.write(_encode(next(iter(photos)), file_format))
            return 1
    except PhotoError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PhotoError(f"{printable(path)}: can't be written: {reason}") from error


def _encode(photo, file_format):
    """The bytes of a photo file that is no TIFF."""
    longest = LONGEST_SIDE.get(file_format)
    has_planes = isinstance(photo.pixels, jpeg.Planes)
    if has_planes and file_format != "JPEG":
        raise ValueError("planes are for JPEG files alone")
    shape = photo.pixels.luma.shape if has_planes else photo.pixels.shape
    if longest and max(shape) > longest:
        raise ValueError(f"{file_format} has at most {longest} pixels a side: choose TIFF")
    if file_format == "PNG" and photo.pixels.dtype == np.uint16:
        return _encode_deep_png(photo)
    if file_format == "BMP" and photo.alpha is not None:
        # Pillow's BMP files do not say that they have alpha.
        bgra = cv2.cvtColor(np.asarray(to_image(photo)), cv2.COLOR_RGBA2BGRA)
        return cv2.imencode(".bmp", bgra)[1]
    kept = {"exif": photo.exif, "icc_profile": photo.icc_profile, "dpi": photo.dpi}
    if file_format == "PNG" and photo.xmp:
        kept["pnginfo"] = PngImagePlugin.PngInfo()
        kept["pnginfo"].add(b"iTXt", PNG_XMP + photo.xmp)
    if file_format in ("JPEG", "WEBP"):
        kept |= {"quality": QUALITY, "xmp": photo.xmp}
    if file_format == "JPEG" and len(photo.exif) > LONGEST_JPEG_EXIF:
        del kept["exif"]
    if file_format == "JPEG" and len(photo.xmp) > LONGEST_JPEG_XMP:
        del kept["xmp"]
    kept = {name: value for name, value in kept.items() if value}
    if has_planes:
        return jpeg.encode(photo.pixels, **kept)
    image = _image_for_jpeg(photo) if file_format == "JPEG" else to_image(photo)
    file = io.BytesIO()
    image.save(file, file_format, **kept)
    return file.getbuffer()


def _image_for_jpeg(photo):
    """A PIL image of 8 bits without alpha: where it is transparent, it shows white."""
    if photo.alpha is not None:
        image = to_image(photo)
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    # Pillow takes an array of four bytes a pixel as it is; of three, it would make a copy.
    pixels = cv2.cvtColor(_to_8_bits(photo.pixels), cv2.COLOR_RGB2RGBA)
    return Image.frombuffer("RGBX", pixels.shape[1::-1], pixels, "raw", "RGBX", 0, 1)


def _encode_deep_png(photo):
    """A PNG file of 16 bits a channel: OpenCV's, with metadata behind its header."""
    bands = [photo.pixels[..., ::-1]] + ([] if photo.alpha is None else [photo.alpha])
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(np.dstack(bands)))
    signature_and_header = 8 + 25
    file = io.BytesIO()
    file.write(encoded[:signature_and_header])
    if photo.icc_profile:
        profile = b"ICC Profile\0\0" + zlib.compress(photo.icc_profile)
        PngImagePlugin.putchunk(file, b"iCCP", profile)
    if photo.dpi:
        per_metre = [round(dots / 0.0254).to_bytes(4) for dots in photo.dpi]
        PngImagePlugin.putchunk(file, b"pHYs", *per_metre, b"\1")
    if photo.exif:
        PngImagePlugin.putchunk(file, b"eXIf", photo.exif.removeprefix(b"Exif\0\0"))
    if photo.xmp:
        PngImagePlugin.putchunk(file, b"iTXt", PNG_XMP, photo.xmp)
    file.write(encoded[signature_and_header:])
    return file.getbuffer()
