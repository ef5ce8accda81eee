"""Measures how well long photos are colorized: wide ones and tall ones, beside squares.

    python -m tools.studies.panoramas --model classifier --photos DIR \\
        --lpips_weights lpips_alexnet.npz

Photos as long as that are rare, so they are made of others' centre squares, in two ways. "rows"
puts as many squares beside each other as the photo is long: much to see, though no camera sees it
so. "cuts" cuts a square into as many bands: little to see in each, but as it would be taken. Every
long photo is colorized as `kerascolor colorize` would, put together to squares again, and each
square compared with its original. So the figures of all lengths can be compared with those of
squares that were colorized as they are.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from absl import app, flags

from kerascolor import load
from kerascolor.evaluation import evaluate, experiments, pages

FLAGS = flags.FLAGS

SHOWN = ("psnr", "lpips", "ciede2000", "colorfulness")


def cut(greys, length, colorize):
    """Colours of squares (H, W), each of which is cut into `length` wide bands."""
    return [
        np.vstack([colorize(np.ascontiguousarray(band)) for band in np.array_split(grey, length)])
        for grey in greys
    ]


def row(greys, length, colorize):
    """Colours of squares (H, W), `length` of which are one wide photo; the last row is filled up
    with the first squares."""
    results = []
    for first in range(0, len(greys), length):
        chosen = [greys[index % len(greys)] for index in range(first, first + length)]
        results += np.split(colorize(np.hstack(chosen)), length, axis=1)
    return [np.ascontiguousarray(result) for result in results[: len(greys)]]


def tall(colorize):
    """A colorizer of wide photos that turns them first, so that it colorizes tall ones.

    It turns by flipping along the diagonal: what is in the photo lies on its side.
    """
    return lambda grey: colorize(np.ascontiguousarray(grey.T)).swapaxes(0, 1)


def measure(photos, colorize, lpips, lengths):
    """Averaged figures by the kind of photo; "squares" and "grey" are what to compare with.

    Args:
        photos: List of (name, original), RGB (H, H, 3) uint8.
        colorize: From grey levels to RGB of their size.
        lpips: `metrics.LPIPS`.
        lengths: Of the long photos, in their widths.
    """
    greys = [evaluate.remove_color(original) for _, original in photos]
    names = [name for name, _ in photos]
    results = {"squares": map(colorize, greys)}
    # Squares on their side, which is how `tall` sees them.
    results["squares on their side"] = map(tall(colorize), greys)
    for length in lengths:
        for way, make in (("cuts", cut), ("rows", row)):
            results[f"wide {way}, {length}:1"] = make(greys, length, colorize)
            results[f"tall {way}, 1:{length}"] = make(greys, length, tall(colorize))
    by_name = {kind: dict(zip(names, squares, strict=True)) for kind, squares in results.items()}
    colorizers = {
        kind: lambda name, _, squares=squares: squares[name] for kind, squares in by_name.items()
    }
    figures = evaluate.evaluate(photos, colorizers, lpips)
    return {kind: evaluate.average(of_photo.values()) for kind, of_photo in figures.items()}


def table(figures):
    """Rows of cells, the head first."""
    rows = [["kind", *(evaluate.FIGURES[name][0] for name in SHOWN)]]
    for kind, of_kind in figures.items():
        rows.append([kind, *evaluate.cells(of_kind, SHOWN)])
    return rows


def lines():
    """The table's Markdown lines."""
    photos = list(experiments.photos())
    lengths = [int(length) for length in FLAGS.lengths]
    figures = measure(photos, load(FLAGS.model), experiments.lpips(), lengths)
    return [f"{len(photos)} photos.", "", *pages.markdown_table(table(figures))]


def main(_):
    experiments.publish("panoramas", lines)


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("model", "classifier", "Preset or .tflite file.")
    flags.DEFINE_list("lengths", ["2", "5", "10"], "Of the long photos, in their widths.")
    experiments.define_flags("panoramas", needs_lpips=True)


if __name__ == "__main__":
    define_flags()
    app.run(main)
