"""The hints that training draws from photos."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerascolor import ab_plane, bins, data, simulated_hints

SIZE = 32


@pytest.fixture(scope="module")
def photos():
    """600 photos of noise in batches of 200, each around a colour of its own."""
    generator = np.random.default_rng(0)
    luminance = generator.random((600, SIZE, SIZE, 1), np.float32)
    colors = generator.uniform(-0.2, 0.2, (600, 1, 1, 2))
    chroma = colors + generator.uniform(-0.1, 0.1, (600, SIZE, SIZE, 2))
    return tf.data.Dataset.from_tensor_slices((luminance, chroma.astype(np.float32))).batch(200)


def arrays(dataset):
    """Inputs and chroma of all batches."""
    batches = list(dataset.as_numpy_iterator())
    inputs = {name: np.concatenate([x[name] for x, _ in batches]) for name in batches[0][0]}
    return inputs, np.concatenate([chroma for _, chroma in batches])


@pytest.fixture(scope="module")
def drawn(photos):
    keras.utils.set_random_seed(3)
    return arrays(photos.apply(data.hints()))


def test_inputs_have_the_models_shapes_and_the_photos_stay(photos, drawn):
    inputs, chroma = drawn
    assert inputs["hints"].shape == (600, SIZE, SIZE, 3)
    assert inputs["palette"].shape == (600, bins.COUNT + 1)
    luminances, chromas = zip(*photos.as_numpy_iterator(), strict=True)
    np.testing.assert_array_equal(inputs["luminance"], np.concatenate(luminances))
    np.testing.assert_array_equal(chroma, np.concatenate(chromas))
    assert photos.apply(data.hints()).cardinality() == 3


def test_points_are_few_and_near_the_middle(drawn):
    masks = drawn[0]["hints"][..., 2]
    assert set(np.unique(masks)) == {0, 1}
    share = masks.mean((1, 2))
    assert np.mean(share == 0) == pytest.approx(simulated_hints.LAST_POINT, abs=0.05)
    assert 0 < np.sum(share == 1) < 20
    density = masks[share < 1].mean(0)
    middle, quarter = slice(SIZE // 4, -SIZE // 4), SIZE // 4
    assert density[middle, middle].mean() > 2 * density[:quarter, :quarter].mean()


def test_a_lone_patch_has_the_mean_of_its_colors(drawn):
    inputs, chroma = drawn
    lone, sides = 0, set()
    for hints, own in zip(inputs["hints"], chroma, strict=True):
        rows, columns = np.nonzero(hints[..., 2])
        given = np.unique(hints[rows, columns], axis=0)
        if len(given) != 1:
            continue
        assert np.ptp(rows) < 9 and np.ptp(columns) < 9
        assert len(rows) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        np.testing.assert_allclose(given[0, :2], own[rows, columns].mean(0), atol=1e-5)
        assert not hints[hints[..., 2] == 0].any()
        lone, sides = lone + 1, sides | {np.ptp(rows) + 1}
    assert lone > 20 and len(sides) > 4


def test_all_colors_are_now_and_then_given(drawn):
    inputs, chroma = drawn
    for hints, own in zip(inputs["hints"], chroma, strict=True):
        if hints[..., 2].all():
            np.testing.assert_allclose(hints[..., :2], own, atol=1e-6)


def test_half_the_photos_have_their_own_palette(drawn):
    inputs, chroma = drawn
    given = inputs["palette"][:, -1] == 1
    assert given.mean() == pytest.approx(0.5, abs=0.1)
    assert not inputs["palette"][~given].any()
    shares = inputs["palette"][given, :-1]
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-3)
    np.testing.assert_allclose(shares @ bins.CENTERS, chroma[given].mean((1, 2)), atol=1e-3)
    # As the runtime counts them.
    small = chroma[given][0].reshape(SIZE // 4, 4, SIZE // 4, 4, 2).mean((1, 3))
    np.testing.assert_allclose(shares[0], ab_plane.histogram(small), atol=1e-5)


def test_training_draws_others_each_time_and_validation_the_same(photos):
    for training in (True, False):
        dataset = photos.take(1).apply(data.hints(training=training))
        first, second = (arrays(dataset)[0]["hints"] for _ in range(2))
        assert (first == second).all() != training
