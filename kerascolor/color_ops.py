"""Between RGB and luminance + chroma in `keras.ops`: on tensors, with gradients, on any backend.

The same conversions as those of NumPy in `color`, whose units they share.
"""

import numpy as np
from keras import ops

from kerascolor import color


def rgb_to_luminance_chroma(rgb, color_space="lab"):
    """Luminance (..., 1) and chroma (..., 2) of RGB tensors (..., 3) in [0, 1]."""
    color.check_color_space(color_space)
    if color_space == "lab":
        light = ops.where(
            rgb > 12.92 * color.DARKEST_POWER,
            ((ops.maximum(rgb, 12.92 * color.DARKEST_POWER) + 0.055) / 1.055) ** 2.4,
            rgb / 12.92,
        )
        xyz = _transform(light, color.RGB_TO_XYZ)
        toe = color.SMALLEST_ROOT**3
        roots = ops.where(
            xyz > toe,
            ops.maximum(xyz, toe) ** (1 / 3),
            xyz / (3 * color.SMALLEST_ROOT**2) + color.LAB_TO_ROOTS[0, 3],
        )
        pixels = _transform(roots, color.ROOTS_TO_LAB[:, :3]) + color.ROOTS_TO_LAB[:, 3]
        return color.scale(pixels, "lab")
    return color.scale(_transform(rgb, color.RGB_TO_YUV), "yuv")


def luminance_chroma_to_rgb(luminance, chroma, color_space="lab"):
    """RGB tensors (..., 3) in [0, 1] of luminance (..., 1) and chroma (..., 2)."""
    color.check_color_space(color_space)
    pixels = ops.concatenate([luminance, chroma], axis=-1)
    units = color.units(color_space)
    if color_space != "lab":
        return ops.clip(_transform(pixels, color.YUV_TO_RGB * units), 0.0, 1.0)
    roots = _transform(pixels, color.LAB_TO_ROOTS[:, :3] * units) + color.LAB_TO_ROOTS[0, 3]
    cubes = ops.where(
        roots > color.SMALLEST_ROOT,
        roots**3,
        3 * color.SMALLEST_ROOT**2 * (roots - color.LAB_TO_ROOTS[0, 3]),
    )
    light = ops.clip(_transform(cubes, color.XYZ_TO_RGB), 0.0, 1.0)
    # Both branches of a choice have gradients, and a power's at 0 is infinite.
    powers = 1.055 * ops.maximum(light, color.DARKEST_POWER) ** (1 / 2.4) - 0.055
    return ops.where(light > color.DARKEST_POWER, powers, 12.92 * light)


def _transform(pixels, matrix):
    return ops.matmul(pixels, np.float32(matrix).T)
