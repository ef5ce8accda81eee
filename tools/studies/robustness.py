"""Measures how well old and badly kept photos are colorized.

    python -m tools.studies.robustness --model classifier --photos DIR \\
        --lpips_weights lpips_alexnet.npz

Each photo's centre square is made grey, and then faded, blurred, scratched and so on, a kind at a
time; see `degradations`. The degraded photo is colorized as `kerascolor colorize` would. Only the
colours are judged, for no colorizer mends scratches: the result's a and b of Lab are joined with
the lightness of the photo before it was degraded, and that is compared with the original. So the
figures of all kinds, of clean photos and of grey ones can be compared with each other.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from absl import app, flags

from kerascolor import load, metrics
from kerascolor.evaluation import evaluate, experiments, pages
from tools.studies import degradations

FLAGS = flags.FLAGS

# What the table shows of `evaluate.FIGURES`.
SHOWN = ("psnr", "lpips", "ciede2000", "colorfulness")


def join(result, original):
    """The original's lightness with the colours of a result; both RGB (H, W, 3) uint8."""
    joined = metrics.lab(result)
    joined[..., 0] = metrics.lab(original)[..., 0]
    return np.rint(255 * np.clip(cv2.cvtColor(joined, cv2.COLOR_Lab2RGB), 0, 1)).astype(np.uint8)


def colors_from(degrade, colorize):
    """A colorizer for `evaluate.evaluate` that sees photos degraded, and is judged by colours."""

    def run(name, grey):
        # The same scratches on the same photo, whatever else is measured.
        generator = np.random.default_rng(list(name.encode()))
        seen = degrade(grey, generator)
        result = degradations.without_border(colorize(seen), grey)
        return join(result, cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))

    return run


def measure(photos, colorize, lpips):
    """Averaged figures of each kind of `degradations.KINDS`, and of "grey", the photos themselves.

    Args:
        photos: Iterable of (name, original), RGB (H, W, 3) uint8.
        colorize: From pixels, grey or RGB uint8, to RGB of their size.
        lpips: `metrics.LPIPS`.
    """
    colorizers = {
        kind: colors_from(degrade, colorize) for kind, degrade in degradations.KINDS.items()
    }
    figures = evaluate.evaluate(photos, colorizers, lpips)
    return {kind: evaluate.average(of_photo.values()) for kind, of_photo in figures.items()}


def table(figures):
    """Rows of cells, the head first."""
    heads = [evaluate.FIGURES[name][0] for name in SHOWN]
    rows = [["kind", *heads, "LPIPS, more than clean (%)"]]
    for kind, of_kind in figures.items():
        loss = 100 * (of_kind["lpips"] / figures["clean"]["lpips"] - 1)
        rows.append([kind, *evaluate.cells(of_kind, SHOWN), f"{loss:+.1f}"])
    return rows


def lines():
    """The table's Markdown lines."""
    photos = list(experiments.photos())
    figures = measure(photos, load(FLAGS.model), experiments.lpips())
    return [f"{len(photos)} photos.", "", *pages.markdown_table(table(figures))]


def main(_):
    experiments.publish("robustness", lines)


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("model", "classifier", "Preset or .tflite file.")
    experiments.define_flags("robustness", needs_lpips=True)


if __name__ == "__main__":
    define_flags()
    app.run(main)
