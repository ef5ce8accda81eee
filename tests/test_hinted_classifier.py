"""The classifier with hints: what it is without them, what it learns, and what it is fed."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_models import SMALL, two_colors

from kerascolor import bins, data, models
from kerascolor.models import BinClassifier, HintedClassifier

SIZE = 64


@pytest.fixture(scope="module")
def base():
    keras.utils.set_random_seed(0)
    return BinClassifier(**SMALL, temperature=0.5)


@pytest.fixture(scope="module")
def hinted(base):
    """A hinted classifier that starts from the base, whose branch does something."""
    model = HintedClassifier(**SMALL, hint_widths=SMALL["widths"], temperature=0.5)
    model.start_from(base)
    kernel = model.logits.get_layer("hint_correction").kernel
    kernel.assign(np.random.default_rng(0).normal(0, 0.3, kernel.shape))
    return model


@pytest.fixture(scope="module")
def luminance():
    return np.random.default_rng(1).random((2, SIZE, SIZE, 1), np.float32)


def inputs(luminance, points=(), palette=None):
    """The inputs with (row, column, chroma) points in the first photo, and a palette."""
    hints = np.zeros((*luminance.shape[:3], 3), np.float32)
    for row, column, chroma in points:
        hints[0, row, column] = [*chroma, 1]
    palettes = np.zeros((len(luminance), bins.COUNT + 1), np.float32)
    if palette is not None:
        palettes[0] = [*palette, 1]
    return {"luminance": luminance, "hints": hints, "palette": palettes}


def test_without_hints_it_is_the_classifier_bit_for_bit(base, hinted, luminance):
    wanted = np.asarray(base(luminance))
    np.testing.assert_array_equal(hinted(luminance), wanted)
    np.testing.assert_array_equal(hinted(inputs(luminance)), wanted)
    # Of two photos only that without hints stays as it was.
    given = np.asarray(hinted(inputs(luminance, [(20, 30, (0.5, -0.2))])))
    assert np.abs(given[0] - wanted[0]).max() > 1e-3
    np.testing.assert_array_equal(given[1], wanted[1])


def test_a_new_branch_changes_nothing(base, luminance):
    model = HintedClassifier(**SMALL, hint_widths=SMALL["widths"], temperature=0.5)
    model.start_from(base)
    given = model(inputs(luminance, [(20, 30, (0.5, -0.2))]))
    np.testing.assert_array_equal(given, base(luminance))


def test_a_palette_alone_changes_the_colors(base, hinted, luminance):
    palette = np.zeros(bins.COUNT)
    palette[100] = 1
    given = np.asarray(hinted(inputs(luminance, palette=palette)))
    assert (given[0] != np.asarray(base(luminance))[0]).any()


def test_hints_of_any_sign_and_place_count(hinted, luminance):
    results = {
        np.asarray(hinted(inputs(luminance, [(row, 30, chroma)]))).tobytes()
        for row in (0, SIZE - 1)
        for chroma in ((0.4, 0), (-0.4, 0), (0, 0.4), (0, -0.4), (0, 0))
    }
    assert len(results) == 10


def test_training_moves_the_branch_alone(base):
    model = HintedClassifier(**SMALL, hint_widths=SMALL["widths"])
    model.start_from(base)
    before = {weight.path: np.array(weight) for weight in model.weights}
    photos = tf.data.Dataset.from_tensors(two_colors(2)).apply(data.hints(training=False))
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(photos, epochs=2, verbose=0)
    changed = {w.path for w in model.weights if (before[w.path] != np.array(w)).any()}
    assert any(path.startswith("hint_attention") for path in changed)
    assert any(path.startswith("hint_palette0") for path in changed)
    assert all(path.startswith("hint_") for path in changed)
    assert {weight.path for weight in base.weights} < set(before)


@pytest.mark.slow
def test_it_learns_to_follow_points(base, luminance):
    """The photo does not tell its colour, and the palette is left out: the point alone does."""
    model = HintedClassifier(**SMALL, hint_widths=SMALL["widths"], temperature=0.5)
    model.start_from(base)
    luminance = np.repeat(luminance[:1], 4, 0)
    colors = np.float32([[0.4, 0.2], [-0.4, 0.3], [0.1, -0.5], [-0.2, -0.2]])
    given = inputs(luminance)
    given["hints"][:, 32, 32] = np.insert(colors, 2, 1, axis=1)
    target = colors[:, None, None] * np.ones((4, SIZE, SIZE, 1), np.float32)
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(given, target, epochs=80, verbose=0)
    error = np.abs(np.asarray(model(given, training=True)) - target).mean()
    assert error < 0.7 * np.abs(np.asarray(model(luminance)) - target).mean()


def test_a_photo_loss_sees_the_luminance(hinted, luminance):
    seen = []

    def photo_loss(luminance, target, predicted):
        seen.append(luminance.shape[-1])
        return 0.0

    hinted.photo_loss = photo_loss
    hinted.compile("sgd")
    target = np.zeros((2, SIZE, SIZE, 2), np.float32)
    for x in (luminance, inputs(luminance)):
        hinted.evaluate(x, target, verbose=0)
    hinted.photo_loss = None
    assert set(seen) == {1}


def test_the_exported_outputs_are_chroma_and_logits(hinted, luminance):
    given = inputs(luminance[:1], [(5, 6, (0.3, 0.3))])
    found = hinted.exported(temperature=np.ones(1, np.float32), **given)
    assert found["logits"].shape == (1, SIZE // 4, SIZE // 4, bins.COUNT)
    target = hinted.colorize(temperature=np.ones(1, np.float32), **given)
    np.testing.assert_array_equal(found["chroma"], target)


def test_a_wrong_shape_is_named_in_a_dictionary_too(hinted):
    with pytest.raises(ValueError, match="multiples of 32, got 65 x 64"):
        hinted(inputs(np.zeros((1, 65, 64, 1), np.float32)))


def test_a_weights_file_of_a_classifier_is_what_training_starts_from(base, tmp_path, luminance):
    models.save_weights(base, tmp_path / "base.weights.h5")
    model = HintedClassifier(**SMALL, temperature=0.5)
    assert model.start_from(models.load(tmp_path / "base.weights.h5")) == len(base.weights)
    np.testing.assert_array_equal(model(luminance), base(luminance))
