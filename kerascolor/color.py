"""Between RGB and luminance + chroma.

Luminance is (..., 1) in [0, 1] and chroma (..., 2) in [-1, 1], whatever the colour space:

    "lab"   CIE L*a*b* (D65, sRGB): luminance = L / 100, chroma = (a, b) / 110
    "yuv"   BT.601: luminance = Y, chroma = (U / 0.436, V / 0.615)
    "rgb"   the target is RGB itself; luminance and chroma are those of "yuv"

The scaling works on NumPy arrays and on tensors alike; the conversions from and to RGB are
OpenCV's, for the runtime. The training pipeline converts with tensorflow-io (see data.py).
"""

import cv2
import numpy as np

COLOR_SPACES = ("lab", "yuv", "rgb")
TARGET_CHANNELS = {"lab": 2, "yuv": 2, "rgb": 3}

# Largest magnitudes of (first, second) chroma component in sRGB's gamut. Lab's b reaches -107.9.
CHROMA_RANGE = {"lab": (110.0, 110.0), "yuv": (0.436, 0.615)}
LUMINANCE_RANGE = {"lab": 100.0, "yuv": 1.0}

# ITU-R BT.601: rows give Y, U and V of (R, G, B), the latter two scaled to their ranges above.
RGB_TO_YUV = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.299 * 0.436 / 0.886, -0.587 * 0.436 / 0.886, 0.436],
        [0.615, -0.587 * 0.615 / 0.701, -0.114 * 0.615 / 0.701],
    ],
    np.float32,
)
YUV_TO_RGB = np.linalg.inv(RGB_TO_YUV).astype(np.float32)


def check_color_space(color_space, allowed=COLOR_SPACES):
    """Raises ValueError, naming the choices, unless `color_space` is one of `allowed`."""
    if color_space not in allowed:
        raise ValueError(f"color_space {color_space!r} is unknown: use one of {', '.join(allowed)}")


def scale(pixels, color_space):
    """Splits Lab or YUV `pixels` (..., 3), in the space's own units, into (luminance, chroma)."""
    first, second = CHROMA_RANGE[color_space]
    luminance = pixels[..., :1] / LUMINANCE_RANGE[color_space]
    return luminance, pixels[..., 1:] / np.array([first, second], np.float32)


def unscale(luminance, chroma, color_space):
    """The inverse of `scale` for NumPy arrays: (..., 3) pixels in the space's own units."""
    pixels = np.empty((*luminance.shape[:-1], 3), np.float32)
    np.multiply(luminance, LUMINANCE_RANGE[color_space], out=pixels[..., :1])
    np.multiply(chroma, np.array(CHROMA_RANGE[color_space], np.float32), out=pixels[..., 1:])
    return pixels


def rgb_to_luminance_chroma(rgb, color_space="lab"):
    """Luminance (H, W, 1) and chroma (H, W, 2) of float32 RGB (H, W, 3) in [0, 1]."""
    check_color_space(color_space)
    rgb = np.ascontiguousarray(rgb, np.float32)
    if color_space == "lab":
        return scale(cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab), "lab")
    return scale(cv2.transform(rgb, RGB_TO_YUV), "yuv")


def luminance_chroma_to_rgb(luminance, chroma, color_space="lab"):
    """Float32 RGB (H, W, 3), clipped to [0, 1], of luminance (H, W, 1) and chroma (H, W, 2)."""
    check_color_space(color_space)
    if color_space == "lab":
        rgb = cv2.cvtColor(unscale(luminance, chroma, "lab"), cv2.COLOR_Lab2RGB)
    else:
        rgb = cv2.transform(unscale(luminance, chroma, "yuv"), YUV_TO_RGB)
    return np.clip(rgb, 0.0, 1.0, out=rgb)
