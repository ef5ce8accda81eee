"""Colour spaces: ranges, round trips, and the agreement of the two ways through the house."""

import numpy as np
import pytest
import skimage
import tensorflow as tf

from kerascolor import color, color_ops, data

PHOTO = skimage.data.astronaut()[:96, 100:228].astype(np.float32) / 255


@pytest.mark.parametrize("color_space", color.COLOR_SPACES)
def test_a_photo_survives_the_round_trip(color_space):
    luminance, chroma = color.rgb_to_luminance_chroma(PHOTO, color_space)
    assert luminance.shape == (96, 128, 1)
    assert chroma.shape == (96, 128, 2)
    assert luminance.min() >= 0 and luminance.max() <= 1 + 1e-5
    assert np.abs(chroma).max() <= 1
    back = color.luminance_chroma_to_rgb(luminance, chroma, color_space)
    np.testing.assert_allclose(back, PHOTO, atol=2e-3)


@pytest.mark.parametrize("color_space", color.COLOR_SPACES)
def test_corners_of_the_gamut_stay_in_range(color_space):
    corners = np.float32([[[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)]])
    _, chroma = color.rgb_to_luminance_chroma(corners, color_space)
    assert np.abs(chroma).max() <= 1 + 1e-5


def test_lab_is_that_of_scikit_image():
    luminance, chroma = color.rgb_to_luminance_chroma(PHOTO)
    lab = skimage.color.rgb2lab(PHOTO)
    np.testing.assert_allclose(color.unscale(luminance, chroma, "lab"), lab, atol=0.5)


@pytest.mark.parametrize("color_space", color.COLOR_SPACES)
def test_training_and_runtime_convert_alike(color_space):
    luminance, target = data.convert(tf.constant(PHOTO[None]), color_space)
    expected = color.rgb_to_luminance_chroma(PHOTO, color_space)
    np.testing.assert_allclose(luminance[0], expected[0], atol=5e-3)
    if color.TARGET_CHANNELS[color_space] == 3:
        np.testing.assert_allclose(target[0], PHOTO)
    else:
        np.testing.assert_allclose(target[0], expected[1], atol=5e-3)


@pytest.mark.parametrize("color_space", color.COLOR_SPACES)
def test_tensors_and_arrays_are_converted_alike(color_space):
    expected = color.rgb_to_luminance_chroma(PHOTO, color_space)
    luminance, chroma = color_ops.rgb_to_luminance_chroma(tf.constant(PHOTO[None]), color_space)
    np.testing.assert_allclose(luminance[0], expected[0], atol=1e-5)
    np.testing.assert_allclose(chroma[0], expected[1], atol=1e-5)
    vivid = 1.5 * expected[1]
    rgb = color_ops.luminance_chroma_to_rgb(luminance, tf.constant(vivid[None]), color_space)
    wanted = color.luminance_chroma_to_rgb(expected[0], vivid, color_space)
    np.testing.assert_allclose(rgb[0], wanted, atol=1e-4)


@pytest.mark.parametrize("color_space", color.COLOR_SPACES)
def test_a_target_gives_the_photo_back(color_space):
    luminance, chroma = color.rgb_to_luminance_chroma(PHOTO, color_space)
    target = PHOTO if color.TARGET_CHANNELS[color_space] == 3 else chroma
    pixels = color.target_to_pixels(luminance, target, color_space)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels, 255 * PHOTO, atol=1.01)
    if color_space == "visible":
        darker = color.target_to_rgb(luminance, 0.5 * PHOTO, "visible")
        np.testing.assert_allclose(darker, 0.5 * PHOTO)
    # Only the colours of another RGB target count: its brightness is the photo's.
    if color_space == "rgb":
        darker = color.target_to_rgb(luminance, 0.5 * PHOTO, "rgb")
        np.testing.assert_allclose(darker @ color.RGB_TO_YUV[0], luminance[..., 0], atol=0.2)


def test_an_unknown_color_space_is_named():
    with pytest.raises(ValueError, match="'hsv' is unknown: use one of lab, yuv, rgb"):
        color.rgb_to_luminance_chroma(PHOTO, "hsv")
