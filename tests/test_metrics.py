"""The figures: known values, bounds, and what makes them better or worse."""

import cv2
import numpy as np
import pytest
import skimage
import tensorflow as tf

from kerascolor import bins, metrics


@pytest.fixture(scope="module")
def photo():
    return skimage.data.chelsea()[100:228, 100:228]


def flat(lab):
    """A photo (8, 8, 3) of one colour, in Lab."""
    return np.tile(np.float32(lab), (8, 8, 1))


def test_psnr_of_a_known_difference_and_its_bound(photo):
    grey = np.full((16, 16, 3), 100, np.uint8)
    assert metrics.psnr(grey + np.uint8(10), grey) == pytest.approx(20 * np.log10(255 / 10))
    assert metrics.psnr(photo, photo) == pytest.approx(58.92, abs=0.01)
    assert metrics.psnr(np.uint8([[[0] * 3]]), np.uint8([[[255] * 3]])) == pytest.approx(0)


def test_ssim_falls_with_noise(photo):
    noise = np.random.default_rng(0).normal(0, 20, photo.shape)
    noisy = np.uint8(np.clip(photo + noise, 0, 255))
    assert metrics.ssim(photo, photo) == pytest.approx(1)
    assert metrics.ssim(noisy, photo) < 0.9


def test_lab_agrees_with_scikit_image(photo):
    np.testing.assert_allclose(metrics.lab(photo), skimage.color.rgb2lab(photo), atol=0.01)


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    # Pairs 1, 17 and 25 of Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005.
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_ciede2000_of_published_pairs(first, second, difference):
    assert metrics.ciede2000(flat(first), flat(second)) == pytest.approx(difference, abs=2e-4)


def test_colorfulness_of_known_colours(photo):
    red_and_blue = np.uint8([[[255, 0, 0], [0, 0, 255]]])
    expected = np.hypot(127.5, 191.25) + 0.3 * np.hypot(127.5, -63.75)
    assert metrics.colorfulness(red_and_blue) == pytest.approx(expected)
    assert metrics.colorfulness(np.repeat(photo[..., :1], 3, -1)) == 0


@pytest.mark.parametrize(
    ("shift", "area"), [((0, 0), 100), ((15, 0), 90), ((30, 40), 100 * 2 / 3), ((100, 150), 0)]
)
def test_auc_counts_the_distance_in_a_and_b_alone(shift, area):
    original = flat((50, -40, -40))
    assert metrics.auc(original + np.float32((20, *shift)), original) == pytest.approx(area)


def test_auc_is_the_area_under_the_cumulative_curve(photo):
    original = metrics.lab(photo)
    grey = original * np.float32((1, 0, 0))
    error = np.linalg.norm(original[..., 1:], axis=-1)
    curve = [np.mean(error <= threshold) for threshold in np.linspace(0, 150, 15001)]
    assert metrics.auc(grey, original) == pytest.approx(100 * np.mean(curve), abs=0.01)


def test_rebalanced_auc_weighs_pixels_by_the_inverse_of_their_bins_frequency():
    common, rare = (50, 0, 0), (50, 60, 40)
    original = np.concatenate([flat(common), flat(rare)])
    result = np.concatenate([flat(common), flat((50, 30, 40))])
    ab = np.rint(bins.CENTERS * 110)
    prior = [bins.prior()[np.flatnonzero((ab == color[1:]).all(-1))[0]] for color in (common, rare)]
    weights = 1 / np.maximum(prior, metrics.RAREST_BIN)
    area, weight = metrics.rebalanced_auc(result, original)
    assert weights[1] > 20 * weights[0]
    assert area == pytest.approx(np.average([100, 80], weights=weights), rel=1e-5)
    assert weight == pytest.approx(64 * weights.sum(), rel=1e-5)


def test_every_colour_of_srgb_has_a_weight():
    levels = np.uint8(np.linspace(0, 255, 52))
    cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(52, -1, 3)
    weights = metrics._bin_weights()[tuple(metrics._bin_index(metrics.lab(cube)).T)]
    assert weights.min() > 1
    assert weights.max() == pytest.approx(1 / metrics.RAREST_BIN)


def test_lpips_is_a_distance_of_each_photo_in_a_batch(photo, lpips_file):
    lpips = metrics.LPIPS(lpips_file)
    noisy = np.uint8(np.clip(photo + np.random.default_rng(1).normal(0, 30, photo.shape), 0, 255))
    batch = np.stack([photo, noisy, photo[:, ::-1]])
    distances = lpips(batch, photo[None])
    assert distances.shape == (3,)
    assert distances[0] == 0
    assert (distances[1:] > 0.01).all()
    np.testing.assert_allclose(lpips(np.stack([photo] * 3), batch), distances, rtol=1e-4)
    np.testing.assert_allclose(lpips(noisy[None], photo[None]), distances[1:2], rtol=1e-4)


def test_lpips_comes_with_its_weights(photo):
    lpips = metrics.LPIPS()
    blurred = cv2.GaussianBlur(photo, (0, 0), 3)
    grey = np.repeat(photo[..., 1:2], 3, -1)
    shifted = np.roll(photo, 1, axis=1)
    distances = lpips(np.stack([photo, shifted, grey, blurred]), photo[None])
    assert distances[0] == 0
    # Eyes hardly see a shift by one pixel, and see a blur at once.
    assert 0.001 < distances[1] < distances[2] < distances[3] < 1


def test_lpips_sees_alexnets_strides_and_padding(lpips_file):
    """224 pixels give AlexNet's 55, 27, 13, 13, 13."""
    features = metrics.LPIPS(lpips_file)._features(np.zeros((1, 224, 224, 3), np.float32))
    shapes = [tuple(feature.shape[1:]) for feature in features]
    assert shapes == [(55, 55, 64), (27, 27, 192), (13, 13, 384), (13, 13, 256), (13, 13, 256)]


def test_lpips_names_a_file_that_is_not_its_own(tmp_path, lpips_file):
    with pytest.raises(ValueError, match="no such file"):
        metrics.LPIPS(tmp_path / "none.npz")
    text, array, lacking = (tmp_path / name for name in ("text.npz", "array.npy", "lacking.npz"))
    text.write_text("weights")
    np.save(array, np.zeros(3))
    np.savez(lacking, **{"conv1/kernel": np.zeros((11, 11, 3, 64))})
    cut = tmp_path / "cut.npz"
    cut.write_bytes(lpips_file.read_bytes()[:1000])
    for path in (text, array, lacking, cut):
        with pytest.raises(ValueError, match=f"{path.name}: not a file of LPIPS weights") as error:
            metrics.LPIPS(path)
        assert "\n" not in str(error.value)


def write_classifier(path, kind=tf.float32, lowest=-127 / 128, size=8, channels=3):
    """Writes a .tflite whose scores are the means of the channels of its input."""
    spec = tf.TensorSpec((1, size, size, channels), name="rgb")
    function = tf.function(lambda rgb: tf.reduce_mean(rgb, [1, 2]), input_signature=[spec])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    if kind != tf.float32:
        levels = np.linspace(lowest, 1, size * size * channels, dtype=np.float32)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: [[levels.reshape(spec.shape)]]
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = kind
    path.write_bytes(converter.convert())
    return path


@pytest.mark.parametrize(
    ("kind", "lowest", "expected"),
    [
        (tf.float32, -127 / 128, [-127 / 128, 0, 1]),
        (tf.uint8, -127 / 128, [0, 127, 255]),
        (tf.int8, -127 / 128, [-128, -1, 127]),
        # Ranges of photos in [0, 1], and of photos whose contrast was raised for training.
        (tf.uint8, 0.0, [0, 127, 255]),
        (tf.int8, 0.0, [-128, -1, 127]),
        (tf.uint8, -2.0, [86, 170, 255]),
    ],
)
def test_a_classifier_gets_photos_scaled_as_its_input_says(tmp_path, kind, lowest, expected):
    classify = metrics.ImageClassifier(write_classifier(tmp_path / "c.tflite", kind, lowest))
    values = classify._values(np.uint8([0, 127, 255]))
    assert values.dtype == kind.as_numpy_dtype
    np.testing.assert_allclose(values, expected, atol=1 if kind != tf.float32 else 1e-6)
    for index in range(3):
        photo = np.full((20, 30, 3), 90, np.uint8)
        photo[..., index] = 150
        assert classify(photo) == index


def test_what_is_no_classifier_is_named(tmp_path):
    text = tmp_path / "text.tflite"
    text.write_text("a classifier")
    grey = write_classifier(tmp_path / "grey.tflite", channels=1)
    cases = [
        (tmp_path / "none.tflite", "none.tflite: no such file"),
        (text, "text.tflite: not a .tflite file"),
        (grey, r"grey.tflite is no classifier: it takes 1 inputs, the first \[1, 8, 8, 1\]"),
    ]
    for path, message in cases:
        with pytest.raises(ValueError, match=message) as error:
            metrics.ImageClassifier(path)
        assert "\n" not in str(error.value)


@pytest.fixture
def red_stripe():
    """Lab (64, 64, 3): a vivid stripe of 24 columns amid grey."""
    scene = np.tile(np.float32((50, 0, 0)), (64, 64, 1))
    scene[:, 20:44, 1:] = 60, 40
    return scene


def test_bleeding_sees_colour_that_spills_over_an_edge(red_stripe):
    spilt = cv2.blur(red_stripe, (9, 9))
    wider_spilt = cv2.blur(red_stripe, (13, 13))
    error, pixels = metrics.bleeding(spilt, red_stripe)
    assert 0 < error < metrics.bleeding(wider_spilt, red_stripe)[0]
    # Six columns on either side.
    assert pixels == 2 * 6 * 64
    assert metrics.bleeding(red_stripe, red_stripe) == (0, pixels)


def test_bleeding_is_blind_to_the_vivid_side_and_to_distant_pixels(red_stripe):
    elsewhere = red_stripe.copy()
    elsewhere[:, 20:44, 1:] = -50, 10
    elsewhere[:, :12, 1:] = 30
    assert metrics.bleeding(elsewhere, red_stripe)[0] == 0
    grey = red_stripe * np.float32((1, 0, 0))
    assert metrics.bleeding(red_stripe, grey) == (0, 0)


def test_patches_see_one_thing_in_two_colours(red_stripe):
    halved = red_stripe.copy()
    halved[:, 20:32, 1:] = 20, -40
    spread, pixels = metrics.patches(halved, red_stripe)
    assert pixels == 64 * 64
    # Half of the stripe's pixels lie 89 from the others, so all of them 45 from the mean.
    assert spread == pytest.approx(24 / 64 * np.hypot(40, 80) / 2)


def test_patches_let_a_thing_have_another_colour(red_stripe):
    blue = red_stripe.copy()
    blue[:, 20:44, 1:] = -10, -50
    assert metrics.patches(blue, red_stripe)[0] == pytest.approx(0, abs=1e-3)
