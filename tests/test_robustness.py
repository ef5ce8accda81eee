"""Degraded and long photos: how they are made, and the programs that measure their colours."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
import skimage

from kerascolor import metrics
from kerascolor.evaluation import evaluate
from tools.studies import degradations, panoramas, robustness

PHOTOS = pathlib.Path(__file__).parent.parent / "examples" / "photos" / "color"
ORIGINAL = skimage.data.astronaut()[::4, ::4]
GREY = evaluate.remove_color(ORIGINAL)


@pytest.mark.parametrize("kind", degradations.DEGRADATIONS)
def test_each_kind_changes_the_photo_and_only_the_border_its_size(kind):
    degraded = degradations.DEGRADATIONS[kind](GREY, np.random.default_rng(0))
    assert degraded.dtype == np.uint8
    assert (degraded.shape[:2] != GREY.shape) == (kind == "border")
    inside = degradations.without_border(degraded, GREY)
    assert inside.shape[:2] == GREY.shape
    seen = inside if inside.ndim == 2 else inside.mean(axis=-1)
    difference = np.abs(seen - GREY).mean()
    assert difference == 0 if kind in ("clean", "border") else difference > 1


def test_the_same_degradation_is_the_same_again():
    for degrade in degradations.DEGRADATIONS.values():
        first, second = (degrade(GREY, np.random.default_rng(3)) for _ in range(2))
        np.testing.assert_array_equal(first, second)


def test_only_colours_are_judged():
    lightness = np.zeros_like(ORIGINAL) + 128
    joined = robustness.join(lightness, ORIGINAL)
    np.testing.assert_allclose(metrics.lab(joined)[..., 0], metrics.lab(ORIGINAL)[..., 0], atol=1)
    assert np.abs(metrics.lab(joined)[..., 1:]).max() < 1


def halves(grey):
    """Colours that depend on the place in the photo: red to its left, blue to its right."""
    grey = grey if grey.ndim == 2 else grey[..., 1]
    rgb = np.dstack([grey] * 3)
    middle = grey.shape[1] // 2
    rgb[:, :middle, 0] |= 128
    rgb[:, middle:, 2] |= 128
    return rgb


def test_squares_are_put_together_again():
    greys = [np.full((20, 20), level, np.uint8) for level in (10, 20, 30)]
    plain = [np.dstack([grey] * 3) for grey in greys]
    for make in (panoramas.cut, panoramas.row):
        for way in (lambda c: c, panoramas.tall):
            found = make(greys, 2, way(lambda grey: np.dstack([grey] * 3)))
            np.testing.assert_array_equal(found, plain)
    (first, second, third) = panoramas.row(greys, 2, halves)
    assert (first[..., 0] >= 128).all() and (second[..., 2] >= 128).all()
    assert (third[..., 0] >= 128).all()
    (square,) = panoramas.cut(greys[:1], 5, panoramas.tall(halves))
    # Each of its bands, of four rows, was a tall photo, lying on its side.
    bands = square.reshape(5, 4, 20, 3)
    assert (bands[:, :2, :, 0] >= 128).all() and (bands[:, 2:, :, 2] >= 128).all()


@pytest.mark.parametrize(
    ("program", "kinds"),
    [
        ("robustness", ["clean", "faded", "sepia", "border", "grey"]),
        ("panoramas", ["squares", "wide cuts, 3:1", "tall rows, 1:3", "grey"]),
    ],
)
def test_the_program_writes_its_table(program, kinds, toy_tflite, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"<!-- {program} -->\n<!-- end of {program} -->\n")
    command = [sys.executable, "-m", f"tools.studies.{program}", f"--model={toy_tflite}"]
    command += [f"--photos={PHOTOS}", "--split=all", "--limit=3", "--image_size=96"]
    command += [f"--page={page}"]
    command += ["--lengths=3"] if program == "panoramas" else []
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert "3 photos." in text and f"python -m tools.studies.{program}" in text
    for kind in kinds:
        assert f"| {kind} |" in text
    assert str(PHOTOS) not in text


@pytest.mark.parametrize("program", ["robustness", "panoramas"])
def test_missing_photos_are_one_clear_line(program, tmp_path):
    command = [sys.executable, "-m", f"tools.studies.{program}", f"--photos={tmp_path / 'no'}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "is not a folder" in done.stderr
    assert "Traceback" not in done.stderr
