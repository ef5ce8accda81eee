import numpy as np
import pytest
import skimage
import tensorflow as tf

from kerascolor import data, losses, metrics

PHOTOS = np.stack(
    [skimage.data.astronaut()[:256:4, :256:4], skimage.data.coffee()[:256:4, :256:4]]
) / np.float32(255)


@pytest.fixture(scope="module")
def lpips(lpips_file):
    return metrics.LPIPS(lpips_file)


def test_colorfulness_is_the_measured_one():
    measured = [metrics.colorfulness(np.round(255 * photo)) for photo in PHOTOS]
    np.testing.assert_allclose(100 * losses.colorfulness(PHOTOS), measured, rtol=1e-4)


def test_the_right_photo_costs_nothing_and_each_part_counts(lpips):
    luminance, target = data.convert(tf.constant(PHOTOS), "lab")
    pale = 0.5 * target
    costs = []
    for part in ("perceptual", "pixel", "colorfulness"):
        weights = {**dict.fromkeys(("perceptual", "pixel", "colorfulness"), 0.0), part: 1.0}
        loss = losses.PhotoLoss(lpips, **weights)
        assert float(loss(luminance, target, target)) == pytest.approx(0, abs=1e-6)
        costs.append(float(loss(luminance, target, pale)))
    assert min(costs) > 1e-4
    together = losses.PhotoLoss(lpips, perceptual=1, pixel=1, colorfulness=1)
    assert float(together(luminance, target, pale)) == pytest.approx(sum(costs), rel=1e-4)


@pytest.mark.parametrize("color_space", ["lab", "yuv"])
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_gradients_are_numbers_for_any_photo(lpips, color_space, level):
    luminance = tf.fill((1, 64, 64, 1), level)
    predicted = tf.Variable(tf.zeros((1, 64, 64, 2)))
    with tf.GradientTape() as tape:
        target = tf.fill((1, 64, 64, 2), 0.1)
        cost = losses.PhotoLoss(lpips, color_space)(luminance, target, predicted)
    gradient = tape.gradient(cost, predicted).numpy()
    assert np.isfinite(gradient).all()


@pytest.fixture
def red_square():
    """Chroma (1, 64, 64, 2) of a vivid square on grey."""
    chroma = np.zeros((1, 64, 64, 2), np.float32)
    chroma[:, 24:40, 24:40] = 0.5, 0.4
    return chroma


def test_bleeding_costs_where_colour_spills_over_an_edge(red_square):
    spilt, far = red_square.copy(), red_square.copy()
    spilt[:, 16:24, 24:40] = 0.5, 0.4
    far[:, :8, 24:40] = 0.5, 0.4
    right, wrong, elsewhere = (
        float(losses.bleeding(red_square, chroma)) for chroma in (red_square, spilt, far)
    )
    assert right < 0.05 * wrong
    assert elsewhere == pytest.approx(right)


def test_patches_cost_where_one_thing_has_two_colours(red_square):
    halved, blue = red_square.copy(), red_square.copy()
    halved[:, 24:40, 24:32] = -0.3, -0.5
    blue[:, 24:40, 24:40] = -0.3, -0.5
    right, wrong, another = (
        float(losses.patches(red_square, chroma)) for chroma in (red_square, halved, blue)
    )
    assert wrong > 1.5 * right
    assert another == pytest.approx(right)


def test_bleeding_and_patches_are_parts_of_the_photo_loss(lpips, red_square):
    luminance = tf.fill((1, 64, 64, 1), 0.5)
    grey = np.zeros_like(red_square)
    without = losses.PhotoLoss(lpips)(luminance, grey, red_square)
    for part in ("bleeding", "patches"):
        cost = losses.PhotoLoss(lpips, **{part: 2.0})(luminance, grey, red_square) - without
        alone = getattr(losses, part)(grey, red_square)
        assert float(cost) == pytest.approx(2 * float(alone), rel=1e-3, abs=1e-5)
    with pytest.raises(ValueError, match="leave them out with rgb"):
        losses.PhotoLoss(lpips, "rgb", patches=1.0)
