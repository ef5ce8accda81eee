"""What a model sees of faded and of long photos, through the colorizer."""

import cv2
import numpy as np
import pytest
import skimage

from kerascolor import metrics
from kerascolor.runtime import prepare, resample

GREY = skimage.data.camera()[::2, ::2]


def seen_luminance(toy, grey):
    """The mean luminance that the toy sees, for a fourth of it is its chroma."""
    a = metrics.lab(toy(grey, temperature=1e-6))[..., 1].mean()
    return 4 * a / 110


def levels(low, high):
    """The photo with its contrast brought between two levels."""
    return np.rint(low + (high - low) * (GREY / 255.0)).astype(np.uint8)


def test_the_contrast_of_faded_photos_is_set_right(toy):
    clean = seen_luminance(toy, levels(20, 235))
    for low, high in ((60, 150), (110, 180), (150, 220)):
        assert seen_luminance(toy, levels(low, high)) == pytest.approx(clean, abs=0.06)


def test_a_faded_photo_keeps_its_luminance(toy):
    faded = levels(90, 170)
    result = toy(faded, saturation=0.5)
    lightness = metrics.lab(np.dstack([faded] * 3))[..., 0]
    assert np.abs(metrics.lab(result)[..., 0] - lightness).mean() < 0.3


@pytest.mark.parametrize("low", [20, 110, 200])
def test_a_blank_page_is_no_faded_photo(toy, low):
    grey = levels(low, low + 10)
    expected = metrics.lab(np.dstack([grey] * 3))[..., 0].mean() / 100
    assert seen_luminance(toy, grey) == pytest.approx(expected, abs=0.02)


def test_photos_of_full_contrast_are_seen_as_they_are():
    grid = resample.luminance(GREY, "lab")
    assert prepare.smooth(prepare.stretch(grid)) is grid


def test_fine_detail_is_not_taken_for_grain():
    # As strong as grain, but for the sky above it.
    detail = 0.05 * np.random.default_rng(0).normal(size=(256, 256))
    detail[:64] *= 0.1
    grid = np.float32(np.clip(0.5 + detail, 0, 1))
    assert prepare.smooth(grid) is grid


@pytest.mark.parametrize("grain", [0.04, 0.08])
def test_grain_is_smoothed(grain):
    clean = resample.luminance(GREY, "lab")
    noise = np.random.default_rng(0).normal(size=clean.shape)
    grainy = np.clip(clean + np.float32(grain * noise), 0, 1)
    smoothed = prepare.smooth(grainy)
    assert (smoothed.dtype, smoothed.shape) == (grainy.dtype, grainy.shape)
    assert np.square(smoothed - clean).mean() < 0.5 * np.square(grainy - clean).mean()


def test_grain_is_found_beside_a_border():
    clean = cv2.copyMakeBorder(
        resample.luminance(GREY, "lab"), *[60] * 4, cv2.BORDER_CONSTANT, value=0.9
    )
    noise = 0.05 * np.random.default_rng(0).normal(size=GREY.shape)
    grainy = clean.copy()
    grainy[60:-60, 60:-60] += np.float32(noise)
    grainy = np.clip(grainy, 0, 1)
    assert prepare.smooth(clean) is clean
    error = np.square(prepare.smooth(grainy) - clean)[60:-60, 60:-60].mean()
    assert error < 0.5 * np.square(noise).mean()


def test_a_grainy_photo_keeps_its_grain(toy):
    noise = np.random.default_rng(0).normal(size=GREY.shape)
    grainy = np.uint8(np.clip(GREY + 15 * noise, 20, 235))
    result = toy(grainy, saturation=0.5)
    lightness = metrics.lab(np.dstack([grainy] * 3))[..., 0]
    assert np.abs(metrics.lab(result)[..., 0] - lightness).mean() < 0.3


@pytest.mark.parametrize("window", [(64, 64), (63, 65)])
@pytest.mark.parametrize("shape", [(1, 1), (100, 199), (100, 201), (999, 100), (1, 700), (90, 900)])
def test_every_spot_is_seen_through_a_window(shape, window):
    size = prepare.grid_size(shape, window)
    grid = np.random.default_rng(0).random(size, np.float32)
    seen = []

    def predict(part, top, left):
        np.testing.assert_array_equal(part, grid[top : top + window[0], left : left + window[1]])
        assert part.shape == window
        seen.append(part)
        return np.dstack([part, -part])

    chroma = prepare.through_windows(predict, grid, window)
    np.testing.assert_allclose(chroma[..., 0], grid, atol=1e-5)
    np.testing.assert_allclose(chroma[..., 1], -grid, atol=1e-5)
    length = max(shape) / min(shape)
    assert (len(seen) > 1) == (length > prepare.LONG)
    assert len(seen) <= prepare.MOST


def test_windows_are_joined_without_seams():
    size = prepare.grid_size((64, 640), (64, 64))
    answers = iter(np.random.default_rng(0).random(prepare.MOST, np.float32))
    chroma = prepare.through_windows(
        lambda *_: np.full((64, 64, 2), next(answers), np.float32), np.zeros(size), (64, 64)
    )
    assert np.abs(np.diff(chroma, axis=1)).max() < 2.5 / 64


@pytest.mark.parametrize("turn", [False, True])
def test_a_long_photo_gets_the_colours_of_its_parts(toy, turn):
    strip = np.hstack([GREY, 255 - GREY] * 4)
    strip = np.ascontiguousarray(strip.T if turn else strip)
    result = toy(strip)
    assert result.shape == (*strip.shape, 3)
    lightness = metrics.lab(np.dstack([strip] * 3))[..., 0]
    # The toy's a follows luminance, at every place of the photo.
    a = metrics.lab(result)[..., 1]
    for half in np.array_split(np.arange(max(strip.shape)), 8):
        part = np.take(lightness, half, turn ^ 1), np.take(a, half, turn ^ 1)
        assert np.corrcoef(part[0].ravel(), part[1].ravel())[0, 1] > 0.6


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_a_photo_in_color_is_told_from_one_of_a_single_tint(name):
    pixels = getattr(skimage.data, name)()
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    assert prepare.has_colors(pixels)
    assert prepare.has_colors(pixels.astype(np.uint16) * 257)
    assert not prepare.has_colors(grey)
    assert not prepare.has_colors(np.dstack([grey] * 3))
    tone = (grey[..., None] / 255.0) ** [0.8, 0.95, 1] * [1, 0.9, 0.7]
    assert not prepare.has_colors(np.uint8(255 * tone))
    grain = np.random.default_rng(0).normal(0, 8, tone.shape)
    assert not prepare.has_colors(np.uint8(np.clip(255 * tone + grain, 0, 255)))
