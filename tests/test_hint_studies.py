"""The programs that measure hints, on made photos and a model whose answer is known."""

import numpy as np
import pytest
import skimage

from kerascolor.evaluation import pages
from kerascolor.runtime import colorizer
from tools.studies import bleeding, hints, propagation, references


@pytest.fixture(scope="module")
def guided(hinted_tflite):
    return colorizer.Colorizer(hinted_tflite, threads=1)


def test_colors_spread_within_edges():
    luminance = np.full((20, 30), 0.3, np.float32)
    luminance[:, 15:] = 0.8
    one = propagation.propagate(luminance, [4], [5], np.array([[0.2, -0.1]]))
    np.testing.assert_allclose(one, np.broadcast_to([0.2, -0.1], one.shape), atol=1e-3)
    two = propagation.propagate(luminance, [4, 4], [5, 25], np.array([[0.2, -0.1], [-0.3, 0]]))
    np.testing.assert_allclose(two[:, :13, 0], 0.2, atol=0.05)
    np.testing.assert_allclose(two[:, 17:, 0], -0.3, atol=0.05)


def test_a_points_color_is_the_mean_around_it():
    original = np.zeros((20, 20, 3), np.uint8)
    original[:, 10:] = 200
    for row, column, level in ((10, 3, 0), (0, 19, 200), (10, 10, 114)):
        hint = hints.point(original, row, column)
        assert (hint.x, hint.y) == (column, row)
        assert hint.rgb == (level,) * 3


def test_more_points_bring_a_photo_closer(guided):
    photos = [("coffee", skimage.data.coffee()[:256:4, :256:4].copy())]
    figures = hints.measure(photos, guided, [0, 20])
    for of_way in figures.values():
        assert list(of_way) == [0, 20]
    assert figures["spread alone"][20] > figures["spread alone"][0] + 1
    worst = figures["points where the error is largest"]
    assert worst[20] > figures["points anywhere"][20] - 1
    lines = pages.markdown_table(hints.table(figures))
    assert len(lines) == 4


def test_the_shapes_of_a_scene_touch_and_differ():
    grey, (first, second) = bleeding.scene(np.random.default_rng(0), 40)
    assert not (first & second).any()
    assert grey[second].mean() - grey[first].mean() == pytest.approx(40, abs=4)
    grown = np.zeros_like(first)
    grown[1:-1, 1:-1] = first[:-2, 1:-1] | first[2:, 1:-1] | first[1:-1, :-2] | first[1:-1, 2:]
    assert (grown & second).sum() > 20
    x, y = bleeding.middle(first)
    assert first[y, x]


def test_a_colour_that_fills_the_photo_bleeds(guided):
    found = bleeding.measure(guided, scenes=1)
    rows = bleeding.table(found)
    assert [row[0] for row in rows[1:]] == list(bleeding.CONTRASTS)
    # The toy colours all that it sees.
    assert all(float(row[3]) > 0.5 for row in rows[1:])


def test_references_are_measured(guided):
    photos = [
        (name, getattr(skimage.data, name)()[:256, :256].copy()) for name in ("coffee", "astronaut")
    ]
    figures = references.measure(photos, guided)
    assert figures["its own"]["colorfulness"] > figures["none, apart from its own"]["colorfulness"]
    rows = references.table(figures)
    assert len(rows) == 5 and all(0 <= float(row[-1]) <= 100 for row in rows[1:])
    assert references.apart(photos[0][1], photos[0][1]) == 0
