"""Between RGB and luminance + chroma.

Luminance is (..., 1) in [0, 1] and chroma (..., 2) in [-1, 1], whatever the colour space:

    "lab"   CIE L*a*b* (D65, sRGB): luminance = L / 100, chroma = (a, b) / 110
    "yuv"   BT.601: luminance = Y, chroma = (U / 0.436, V / 0.615)
    "rgb"   the target is RGB itself; luminance and chroma are those of "yuv"
    "visible"  the target is RGB, too, and whole: its brightness is not the input's, which is an
            infrared picture; luminance and chroma are those of "yuv"

The scaling works on NumPy arrays and on tensors alike, the conversions from and to RGB on NumPy
arrays; color_ops.py has them for tensors.
"""

import cv2
import numpy as np

COLOR_SPACES = ("lab", "yuv", "rgb", "visible")
TARGET_CHANNELS = {"lab": 2, "yuv": 2, "rgb": 3, "visible": 3}

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

# Light of sRGB's primaries to X, Y and Z, each in units of white's (D65).
RGB_TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
RGB_TO_XYZ /= RGB_TO_XYZ.sum(axis=1, keepdims=True)
XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)
# L, a and b of the cube roots of X, Y and Z, and of 1.
ROOTS_TO_LAB = np.array([[0, 116, 0, -16], [500, -500, 0, 0], [0, 200, -200, 0.0]])
LAB_TO_ROOTS = np.array(
    [[1 / 116, 1 / 500, 0, 16 / 116], [1 / 116, 0, 0, 16 / 116], [1 / 116, 0, -1 / 200, 16 / 116]]
)
# Where the curves of sRGB and Lab go over from a straight line to a power.
DARKEST_POWER = 0.0031308
SMALLEST_ROOT = 6 / 29


def check_color_space(color_space, allowed=COLOR_SPACES):
    """Raises ValueError, naming the choices, unless `color_space` is one of `allowed`."""
    if color_space not in allowed:
        raise ValueError(f"color_space {color_space!r} is unknown: use one of {', '.join(allowed)}")


def is_whole(color_space):
    """Whether a target of this space has a brightness of its own, in place of the input's."""
    return color_space == "visible"


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


# OpenCV's own conversion to Lab errs by up to 0.25, and takes 0.1 s to start with, to fill tables.
# These conversions are exact, and as fast, for they are OpenCV's and NumPy's operations on whole
# arrays. A curve with a straight toe is the curve of what lies above the toe, plus a line below it.


def rgb_to_luminance_chroma(rgb, color_space="lab"):
    """Luminance (H, W, 1) and chroma (H, W, 2) of float32 RGB (H, W, 3) in [0, 1]."""
    check_color_space(color_space)
    rgb = np.ascontiguousarray(rgb, np.float32)
    scales = units(color_space)[:, None]
    if color_space == "lab":
        roots = _roots(cv2.transform(_light(rgb), RGB_TO_XYZ))
        pixels = cv2.transform(roots, ROOTS_TO_LAB / scales)
    else:
        pixels = cv2.transform(rgb, RGB_TO_YUV / scales)
    return pixels[..., :1], pixels[..., 1:]


def luminance_chroma_to_rgb(luminance, chroma, color_space="lab"):
    """Float32 RGB (H, W, 3), clipped to [0, 1], of luminance (H, W, 1) and chroma (H, W, 2)."""
    check_color_space(color_space)
    pixels = cv2.merge([luminance, chroma])
    scales = units(color_space)
    if color_space == "lab":
        roots = cv2.transform(pixels, LAB_TO_ROOTS * [*scales, 1.0])
        rgb = _gamma(cv2.transform(_cubes(roots), XYZ_TO_RGB))
    else:
        rgb = cv2.transform(pixels, YUV_TO_RGB * scales)
    return np.clip(rgb, 0.0, 1.0, out=rgb)


def target_to_rgb(luminance, target, color_space):
    """RGB (H, W, 3) of luminance (H, W, 1) and a model's target.

    Of the RGB of "rgb" only the chroma counts; that of "visible" is the photo.
    """
    if is_whole(color_space):
        return np.clip(target, 0.0, 1.0, dtype=np.float32)
    if color_space == "rgb":
        _, target = rgb_to_luminance_chroma(target, "rgb")
    return luminance_chroma_to_rgb(luminance, target.astype(np.float32), color_space)


def target_to_pixels(luminance, target, color_space):
    """What `target_to_rgb` gives, as uint8."""
    return np.rint(255.0 * target_to_rgb(luminance, target, color_space)).astype(np.uint8)


def units(color_space):
    """What luminance and chroma are in units of, (3,)."""
    name = "lab" if color_space == "lab" else "yuv"
    return np.array([LUMINANCE_RANGE[name], *CHROMA_RANGE[name]])


def _light(rgb):
    """The linear light of sRGB values."""
    bent = np.clip(rgb, 12.92 * DARKEST_POWER, np.inf)
    line = cv2.subtract(rgb, bent)
    cv2.addWeighted(bent, 1 / 1.055, bent, 0.0, 0.055 / 1.055, dst=bent)
    return cv2.scaleAdd(line, 1 / 12.92, cv2.pow(bent, 2.4, dst=bent), dst=bent)


def _gamma(light):
    """The sRGB values of linear light."""
    bent = np.clip(light, DARKEST_POWER, np.inf)
    line = cv2.subtract(light, bent)
    cv2.pow(bent, 1 / 2.4, dst=bent)
    cv2.addWeighted(bent, 1.055, bent, 0.0, -0.055, dst=bent)
    return cv2.scaleAdd(line, 12.92, bent, dst=bent)


def _roots(xyz):
    """Lab's cube roots of X, Y and Z."""
    bent = np.clip(xyz, SMALLEST_ROOT**3, np.inf)
    line = cv2.subtract(xyz, bent)
    return cv2.scaleAdd(line, 1 / (3 * SMALLEST_ROOT**2), np.cbrt(bent, out=bent), dst=bent)


def _cubes(roots):
    """X, Y and Z of Lab's cube roots of them."""
    bent = np.clip(roots, SMALLEST_ROOT, np.inf)
    line = cv2.subtract(roots, bent)
    return cv2.scaleAdd(line, 3 * SMALLEST_ROOT**2, cv2.pow(bent, 3, dst=bent), dst=bent)
