"""Two figures of colours that do not keep to things: bleeding over edges, and patches.

Both take a result and its original in Lab (H, W, 3), float32, and are made for photos of about
256 x 256. They return a mean, and what it weighs among those of other photos: a number of pixels.
"""

import cv2
import numpy as np

# Compression leaves squares in the originals' chroma, which a median of this size removes.
SMOOTHING = 5
# The dull side of a chroma edge is below DULL, and has chroma higher by RISE within BAND pixels.
DULL, RISE, BAND = 10.0, 15.0, 6
# A segment consists of connected pixels whose a and b differ from its first pixel's by at most
# ALIKE. A segment is begun at every SPACING-th pixel of every SPACING-th row that is in none yet.
ALIKE, SPACING = 6.0, 16
# Smallest segment that counts, as a share of the photo.
SMALLEST = 0.01


def bleeding(result, original):
    """Mean error in a and b where the original is dull and something vivid is near.

    A halo, or colour that spills from a thing into what surrounds it, raises it. Grey has what
    chroma the dull side has itself; 0 is best.

    Returns:
        (mean error, number of such pixels); (0, 0) for an original without chroma edges.
    """
    chroma = np.linalg.norm(_smooth_chroma(original), axis=-1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BAND + 1, 2 * BAND + 1))
    dull_side = (chroma < DULL) & (cv2.dilate(chroma, disc) - chroma > RISE)
    if not dull_side.any():
        return 0.0, 0.0
    error = np.linalg.norm(result[..., 1:] - original[..., 1:], axis=-1)
    return float(error[dull_side].mean()), float(dull_side.sum())


def patches(result, original):
    """How far colours lie apart within segments that are of one colour in the original.

    A segment's spread is the root mean square distance, in a and b, of its pixels from their mean.
    A garment in blue and red, or a brown spot in a sky, raises it. Grey has 0.

    Returns:
        (mean spread over the pixels of such segments, their number); (0, 0) where there are none.
    """
    labels = _segments(_smooth_chroma(original)).ravel()
    size = np.bincount(labels)
    counted = size >= SMALLEST * labels.size
    # 0 is no segment.
    counted[0] = False
    if not counted.any():
        return 0.0, 0.0
    variance = sum(_variance(result[..., channel].ravel(), labels, size) for channel in (1, 2))
    spread = np.average(np.sqrt(variance[counted]), weights=size[counted])
    return float(spread), float(size[counted].sum())


def _variance(values, labels, size):
    """The variance of values within each label; 0 where a label is unused."""
    size = np.maximum(size, 1)
    mean = np.bincount(labels, values) / size
    return np.bincount(labels, (values - mean[labels]) ** 2) / size


def _smooth_chroma(original):
    return cv2.medianBlur(np.ascontiguousarray(original[..., 1:]), SMOOTHING)


def _segments(chroma):
    """Labels (H, W) of the segments of chroma (H, W, 2), from 1 on; 0 is in none."""
    height, width = chroma.shape[:2]
    # OpenCV fills images of one or three channels.
    pixels = np.dstack([chroma, np.zeros((height, width), np.float32)])
    labels = np.zeros((height, width), np.int32)
    # OpenCV wants a border of one pixel around its mask.
    mask = np.zeros((height + 2, width + 2), np.uint8)
    filled = mask[1:-1, 1:-1]
    new = 2
    flags = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY | new << 8
    for row in range(SPACING // 2, height, SPACING):
        for column in range(SPACING // 2, width, SPACING):
            if filled[row, column]:
                continue
            cv2.floodFill(pixels, mask, (column, row), 0, [ALIKE] * 3, [ALIKE] * 3, flags)
            labels[filled == new] = labels.max() + 1
            filled[filled == new] = 1
    return labels
