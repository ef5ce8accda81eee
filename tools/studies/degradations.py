"""What time and scanners do to grey photos, each kind as strong as in a badly kept album.

Each function takes grey levels (H, W) uint8 and a `numpy.random.Generator`, and returns the photo
as it would be scanned: grey or RGB uint8. All but `border` keep its size.
"""

import cv2
import numpy as np

# Paper around a bordered photo, as a share of its side.
BORDER = 0.08


def clean(grey, _):
    return grey


def faded(grey, _):
    """Blacks have gone grey and whites dull, and the middle is lighter."""
    return _levels(0.25 + 0.6 * (grey / 255.0) ** 0.8)


def low_contrast(grey, _):
    """A third of the range, around a middle grey."""
    return _levels(0.33 + 0.34 * grey / 255.0)


def dark(grey, _):
    """Underexposed: whites are a middle grey."""
    return _levels(0.5 * (grey / 255.0) ** 1.2)


def blurred(grey, _):
    """Out of focus: 1.5 pixels of 256."""
    return cv2.GaussianBlur(grey, (0, 0), 1.5 * len(grey) / 256)


def grain(grey, generator):
    """Grain of two sizes."""
    fine, coarse = generator.normal(size=(2, *grey.shape)).astype(np.float32)
    coarse = 2 * cv2.GaussianBlur(coarse, (0, 0), 1)
    return _levels(grey / 255.0 + 0.05 * (fine + coarse))


def jpeg(grey, _):
    """Saved at quality 15."""
    _, encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 15])
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)


def sepia(grey, _):
    """Toned: from brown to cream."""
    return _tinted(grey, (0.20, 0.12, 0.06), (0.98, 0.90, 0.72))


def yellowed(grey, generator):
    """Paper that took up light: blue is half gone, and is mostly the scanner's noise."""
    noisy = _tinted(grey, (0.12, 0.10, 0.06), (0.95, 0.85, 0.50)).astype(np.float32)
    noisy[..., 2] += 20 * generator.normal(size=grey.shape)
    return _levels(noisy / 255)


def border(grey, _):
    """Framed by cream paper, as in an album."""
    width = _border_width(grey)
    return cv2.copyMakeBorder(grey, *[width] * 4, cv2.BORDER_CONSTANT, value=235)


def scratches(grey, generator):
    """Twelve white scratches, four black creases and sixty specks of dust."""
    result, size = grey.copy(), np.array(grey.shape[::-1])
    for level, count in ((245, 12), (15, 4)):
        for _ in range(count):
            start, way = generator.random(2) * size, generator.normal(size=2) * size / 3
            points = np.rint([start, start + way]).astype(int)
            cv2.line(result, *map(tuple, points.tolist()), level, 1, cv2.LINE_AA)
    for place in np.rint(generator.random((60, 2)) * size).astype(int).tolist():
        cv2.circle(result, place, 1, 245, -1)
    return result


DEGRADATIONS = {
    "clean": clean,
    "faded": faded,
    "low contrast": low_contrast,
    "dark": dark,
    "blurred": blurred,
    "grain": grain,
    "JPEG": jpeg,
    "sepia": sepia,
    "yellowed": yellowed,
    "border": border,
    "scratches": scratches,
}


def without_border(pixels, like):
    """The pixels (H, W, ...) of the photo `like` (h, w) inside its border, if they have one."""
    width = (len(pixels) - len(like)) // 2
    return pixels[width : width + len(like), width : width + like.shape[1]]


def _border_width(grey):
    return round(BORDER * len(grey))


def _levels(values):
    """Levels uint8 of values in [0, 1]."""
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)


def _tinted(grey, black, white):
    """RGB (H, W, 3) between two colours."""
    black, white = np.array(black), np.array(white)
    return _levels(black + (white - black) * (grey[..., None] / 255.0))
