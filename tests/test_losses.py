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
