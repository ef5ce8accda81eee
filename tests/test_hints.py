"""Colours by hand in Python: points, references, and what is likely at a point."""

import warnings

import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
from conftest import PHOTOS, TOY_COLORS
from skimage.color import deltaE_ciede2000

import kerascolor
from kerascolor import ab_plane, metrics
from kerascolor.runtime import colorizer, distribution, hints, pictures

GREY = cv2.cvtColor(skimage.data.coffee(), cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def guided(hinted_tflite):
    return colorizer.Colorizer(hinted_tflite, threads=1)


def points_within_gamut(grey, count, seed):
    """Hints at random pixels of muted colours, which exist where it is neither dark nor bright."""
    generator = np.random.default_rng(seed)
    rows, columns = np.nonzero((grey > 70) & (grey < 190))
    chosen = generator.choice(len(rows), count, replace=False)
    colors = generator.integers(100, 156, (count, 3))
    return [
        (int(columns[index]), int(rows[index]), hints.as_css(rgb))
        for index, rgb in zip(chosen, colors, strict=True)
    ]


@pytest.mark.parametrize("size", [(100, 150), (400, 600), (1200, 1800)])
def test_a_point_gets_its_color_and_the_photo_keeps_its_brightness(guided, size):
    grey = cv2.resize(GREY, size[::-1], interpolation=cv2.INTER_AREA)
    points = points_within_gamut(grey, 8, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = metrics.lab(guided(grey, hints=points))
    before = metrics.lab(np.dstack([grey] * 3))
    for x, y, css in points:
        asked = metrics.lab(np.uint8([[PIL.ImageColor.getrgb(css)]]))[0, 0]
        asked[0] = before[y, x, 0]
        assert deltaE_ciede2000(asked, result[y, x]) < 2
    assert np.abs(result[..., 0] - before[..., 0]).mean() < 0.5


def test_far_from_a_point_the_model_alone_decides(guided):
    prepared = guided.prepare(pictures.from_array(GREY))
    chroma = guided.predict(prepared, hints=[(300, 200, "green")]).chroma
    far = np.ones(chroma.shape[:2], bool)
    far[12:52, 12:52] = False
    np.testing.assert_allclose(chroma[far], np.broadcast_to([0, 0.25], chroma[far].shape))


def test_a_color_does_not_cross_an_edge(guided):
    halves = np.full((64, 64), 60, np.uint8)
    halves[:, 32:] = 180
    without = guided.predict(halves, hints=[(2, 2, "#404040")]).chroma
    chroma = guided.predict(halves, hints=[(2, 2, "#404040"), (28, 32, "#705070")]).chroma
    change = np.linalg.norm(chroma - without, axis=-1)
    assert change[32, 24] > 0.1
    assert change[32, 36] < change[32, 24] / 3


def test_a_point_is_seen_where_it_lies_in_a_long_photo(guided):
    long = np.tile(GREY[:100, :100], (1, 12))
    for photo, point in ((long, (1150, 50)), (np.ascontiguousarray(long.T), (50, 1150))):
        chroma = guided.predict(photo, hints=[(*point, "#807060")]).chroma
        along = chroma[..., 1].max(axis=int(photo.shape[0] < photo.shape[1]) ^ 1)
        length = len(along)
        assert length > 400
        # The first windows see no point, the last one does.
        np.testing.assert_allclose(along[: length // 2], 0, atol=1e-6)
        assert along[-40:].max() > 0.2
        row, column = np.unravel_index(chroma[..., 0].argmax(), chroma.shape[:2])
        found = np.array([column, row]) / chroma.shape[1::-1] * photo.shape[::-1]
        np.testing.assert_allclose(found, point, atol=12)


def test_a_color_that_does_not_exist_there_is_told(guided):
    white = np.full((64, 64), 245, np.uint8)
    with pytest.warns(UserWarning, match="no 20,30=#0000ff as bright as the .* becomes #"):
        guided(white, hints=[kerascolor.Hint(20, 30, "blue")])


def test_points_are_hints_or_tuples_of_any_css_color(guided):
    results = {
        guided(GREY, hints=[point]).tobytes()
        for point in (
            kerascolor.Hint(30, 40, "green"),
            (30, 40, "#008000"),
            (30, 40, "rgb(0, 128, 0)"),
        )
    }
    assert len(results) == 1
    assert str(hints.parse("812,430=White")) == "812,430=#ffffff"


def test_a_reference_gives_its_palette(guided, tmp_path):
    path = tmp_path / "other.jpg"
    PIL.Image.fromarray(PHOTOS["astronaut"]).save(path)
    for reference in (path, PHOTOS["astronaut"], PIL.Image.open(path)):
        assert guided.predict(GREY, reference=reference).chroma[..., 0].min() == 0.25
    palette = guided.palette(PHOTOS["astronaut"])
    assert palette[-1] == 1 and palette[:-1].sum() == pytest.approx(1, abs=0.01)
    mean = palette[:-1] @ ab_plane.centers()
    wanted = metrics.lab(PHOTOS["astronaut"])[..., 1:].mean((0, 1)) / 110
    np.testing.assert_allclose(mean, wanted, atol=0.03)


def test_the_likely_colors_of_a_point(guided):
    grey = np.full((64, 64), 145, np.uint8)
    likely = guided.distribution(grey, 10, 20)
    assert [found.probability for found in likely] == pytest.approx(
        list(TOY_COLORS.values()), abs=1e-3
    )
    for found, chroma in zip(likely, TOY_COLORS, strict=True):
        lab = metrics.lab(np.uint8([[PIL.ImageColor.getrgb(found.color)]]))[0, 0]
        np.testing.assert_allclose(lab[1:], chroma, atol=2)
        assert lab[0] == pytest.approx(metrics.lab(np.full((1, 1, 3), 145))[0, 0, 0], abs=1)
    hinted = guided.distribution(grey, 10, 20, hints=[(50, 50, "green")])
    assert hinted[0].color == likely[-1].color and hinted[0].probability > 0.9


@pytest.mark.parametrize("luminance", [0.02, 0.5, 0.98])
def test_at_most_nine_distinct_colors_are_told(luminance):
    logits = np.random.default_rng(0).normal(0, 2, len(ab_plane.centers()))
    likely = distribution.likely_colors(logits, luminance)
    assert 1 < len(likely) <= distribution.MOST
    assert len({found.color for found in likely}) == len(likely)
    chances = [found.probability for found in likely]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1 + 1e-6 and chances[-1] >= distribution.LEAST


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hints": [(600, 20, "red")]}, "point 600,20 lies outside of the .* 600 x 400 pixels"),
        ({"hints": [(5, -1, "red")]}, "point 5,-1 lies outside"),
        ({"hints": [(5, 5, "grren")]}, "'grren' is no colour: give one as CSS has it"),
        ({"hints": [(5, 5)]}, "hints are no list of x, y and colour"),
        ({"reference": GREY}, "the reference is grey"),
    ],
)
def test_what_can_not_be_followed_is_named(guided, settings, message):
    with pytest.raises(ValueError, match=message):
        guided(GREY, **settings)


def test_a_model_that_takes_no_hints_says_so(toy, guided):
    assert guided.takes_hints and not toy.takes_hints
    for settings in ({"hints": [(5, 5, "red")]}, {"reference": PHOTOS["astronaut"]}):
        with pytest.raises(ValueError, match="toy takes no hints and no reference"):
            toy(GREY, **settings)
    with pytest.raises(ValueError, match="toy does not say how likely colours are"):
        toy.distribution(GREY, 5, 5)
    with pytest.raises(ValueError, match="point 700,5 lies outside"):
        guided.distribution(GREY, 700, 5)
