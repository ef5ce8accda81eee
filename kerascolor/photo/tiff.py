"""TIFF files. Pillow reads those of 8 bits a channel, `tiff_samples` the others.

The file stays open from page to page, and what all of them take together is limited.
"""

import numpy as np
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from kerascolor.photo import images, metadata, reader, tiff_pages, tiff_samples
from kerascolor.photo.base import Photo, PhotoError
from kerascolor.photo.tiff_writer import IPTC, write

__all__ = ["Reader", "write"]

# All pages together may have so many times the pixels that a single photo may have.
MAX_PHOTOS = 50
# By the standard tiles have at least 16 x 16 pixels, and scanners write strips of whole rows. Each
# takes ten microseconds to find: a file may have one for so many pixels, and so many more.
SEGMENT_PIXELS, SMALL_SEGMENTS = 64, 2**16
# How many of the channels are colours, by the photometric interpretation: grey in which 0 is white,
# grey, RGB and CMYK.
COLORS = {0: 1, 1: 1, 2: 3, 5: 4}
WHITE_IS_ZERO, RGB, CMYK = 0, 2, 5
# Values of the tag for extra samples, and what Pillow takes RGB's fourth for that has no such tag.
ASSOCIATED, UNASSOCIATED = 1, 2
CENTIMETRES = 3
# A photo's largest float is looked for up to so many times what nearly all of them, of which so
# many are looked at, stay below.
PLAUSIBLE, SAMPLED = 100, 2**20
# Pillow takes a BigTIFF file that is big-endian for an older one.
PILLOW_LACKS = tiff_pages.Layout(">", is_big=True)


class Reader(reader.Reader):
    """Reads pages of a TIFF file."""

    FORMAT = TiffImagePlugin.TiffImageFile.format

    def __init__(self, path, damaged, max_pixels):
        self.file = open(path, "rb")  # noqa: SIM115
        try:
            self.layout = tiff_pages.Layout.of(self.file.read(4))
            self.places = tiff_pages.find(self.file)
            _check_work(self.places, max_pixels)
            super().__init__(path, damaged, max_pixels)
        except BaseException:
            self.file.close()
            raise

    def __exit__(self, *_):
        self.file.close()
        if self.image:
            self.image.close()

    def open(self):
        if self.layout == PILLOW_LACKS:
            return None
        try:
            return super().open()
        except UnidentifiedImageError:
            return None  # It may yet be one for `tiff_samples`.

    def count(self):
        return max(1, len(self.places))

    def read(self, page):
        if page >= len(self.places):
            return super().read(page)
        place = self.places[page]
        self.check_size(place.width, place.height)
        exif = self._exif(place)
        if tiff_samples.can_decode(exif, self.image is None):
            return self._read_samples(exif)
        if self.image is None:
            raise PhotoError("pixels of this kind of TIFF file can't be read: save it as PNG")
        return super().read(page)

    def _exif(self, place):
        exif = Image.Exif()
        if self.layout == PILLOW_LACKS:
            # A single directory can be read if it is told what the file's head should say.
            exif.update(self._directory(place.offset))
            for tag in (tiff_pages.EXIF, tiff_pages.GPS):
                if tag in exif:
                    exif[tag] = self._directory(exif[tag])
            return exif
        exif.endian, exif.bigtiff = self.layout.order, self.layout.is_big
        exif.load_from_fp(self.file, place.offset)
        return exif

    def _directory(self, offset):
        """The tags of a directory in a BigTIFF file that is big-endian."""
        directory = TiffImagePlugin.ImageFileDirectory_v2(b"II+\0" + bytes(12), prefix=b"MM")
        self.file.seek(offset)
        directory.load(self.file)
        return dict(directory)

    def _read_samples(self, tags):
        # Enough for four channels of 32 bits.
        max_bytes = 16 * self.max_pixels
        order = self.layout.order
        samples = tiff_samples.decode(self.file, tags, order, max_bytes, self.damaged)
        photo = to_photo(samples, tags)
        dpi = metadata.dpi({"dpi": _dpi(tags)}, tags)
        return self.describe(photo, tags, {"xmp": tags.get(TiffImagePlugin.XMP)}, dpi)

    def own_metadata(self, exif):
        content = exif.get(IPTC)
        return {"iptc": content} if isinstance(content, bytes) else {}

    def seek(self, page):
        # Otherwise a page without a profile or resolution would get the last one's.
        self.image.info.clear()
        super().seek(page)

    def check(self, page):
        """Raises PhotoError where strips are missing, which Pillow leaves black."""
        width, height = self.image.size
        corners = [tile[1][2:] for tile in self.image.tile]
        if self.image.mode in ("RGB", "RGBA") and max(tiff_samples.depths(self.image.tag_v2)) > 8:
            # Pillow would bring them down to 8.
            raise PhotoError("this compression of 16 bits can't be read: save it as PNG")
        lacks = corners and np.prod(np.max(corners, axis=0), dtype=np.int64) < width * height
        if lacks and not self.damaged:
            raise PhotoError(f"the file is damaged: it lacks rows of {width} x {height}")

    def decode(self, page):
        # Pillow checks the size again.
        with reader.limit_lifted():
            self.image.load()
        return images.from_image(self.image)


def _check_work(pages, max_pixels):
    """Raises PhotoError where all pages together have too many pixels, strips or tiles."""
    pixels = sum(page.width * page.height for page in pages)
    if pixels > MAX_PHOTOS * max_pixels:
        raise PhotoError(
            f"its pages have {pixels // 10**6} million pixels together, more than the "
            f"{MAX_PHOTOS * max_pixels // 10**6} million allowed: split it"
        )
    segments = sum(page.segments for page in pages)
    if segments > SMALL_SEGMENTS + pixels // SEGMENT_PIXELS:
        raise PhotoError(f"its pixels are in {segments} tiny strips or tiles: save it again")


def to_photo(samples, tags):
    """The `Photo` of samples (H, W, C), whose meaning the tags give.

    Raises:
        PhotoError: They are no colours that a photo has.
    """
    kind = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION)
    if kind not in COLORS or samples.shape[2] < COLORS[kind]:
        raise PhotoError("colours of this kind of TIFF file can't be read: save it as RGB or grey")
    count, profile = COLORS[kind], tags.get(TiffImagePlugin.ICCPROFILE) or b""
    extra = np.atleast_1d(tags.get(TiffImagePlugin.EXTRASAMPLES, ())).tolist()
    if not extra and kind == RGB and samples.shape[2] == 4:
        extra = [UNASSOCIATED]
    samples = _whole(samples[..., : count + 1])
    colors = np.ascontiguousarray(samples[..., :count])
    if kind == CMYK:
        return images.from_cmyk(images.to_8_bits(colors), profile)
    alpha = None
    if extra and extra[0] in (ASSOCIATED, UNASSOCIATED) and samples.shape[2] > count:
        alpha = np.ascontiguousarray(samples[..., count])
    if kind == WHITE_IS_ZERO:
        colors = ~colors
    if alpha is not None and extra[0] == ASSOCIATED:
        colors = _unmultiply(colors, alpha)
    if kind == RGB:
        return Photo(colors, alpha, icc_profile=images.profile_for(b"RGB ", profile))
    return Photo(images.grey_to_srgb(colors[..., 0], profile), alpha)


def _whole(samples):
    """Samples of 8 or 16 bits. Floats are from 0 to 1, or else to the largest plausible one."""
    if samples.dtype in (np.uint8, np.uint16):
        return samples
    if samples.dtype.kind == "u":
        return (samples >> (8 * samples.itemsize - 16)).astype(np.uint16)
    samples = np.nan_to_num(samples, copy=False, nan=0, posinf=0, neginf=0)
    some = samples.ravel()[:: 1 + samples.size // SAMPLED]
    high = float(np.percentile(some, 99.9, method="higher"))
    # A few values beyond all others are defects, or lights that are brighter than white.
    white = 1 if high <= 1 else samples.max(where=samples <= PLAUSIBLE * high, initial=1)
    return np.rint(np.clip(samples / white, 0, 1) * np.float32(65535)).astype(np.uint16)


def _unmultiply(colors, alpha):
    """Colours that were multiplied by alpha, as they were before."""
    white = np.float32(np.iinfo(colors.dtype).max)
    factor = white / np.maximum(alpha, 1, dtype=np.float32)
    return np.minimum(np.rint(colors * factor[..., None]), white).astype(colors.dtype)


def _dpi(tags):
    """Dots per inch across and down, as far as they are given."""
    dots = [tags.get(tag) for tag in (TiffImagePlugin.X_RESOLUTION, TiffImagePlugin.Y_RESOLUTION)]
    unit = tags.get(TiffImagePlugin.RESOLUTION_UNIT, 2)
    if None in dots or unit not in (2, CENTIMETRES):
        return None
    return [float(value) * (2.54 if unit == CENTIMETRES else 1) for value in dots]
