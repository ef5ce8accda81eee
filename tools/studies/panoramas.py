"""Measures how well long photos are colorized: wide ones and tall ones, beside squares.

    python -m tools.studies.panoramas --model classifier --photos DIR

Photos as long as that are rare, so they are made of the centre squares of others, in two ways.
"rows" joins as many squares as the photo is long: there is much to recognize, though no camera sees
it so. "cuts" cuts a square into as many bands: each shows little, but as a camera would take it.
Every long photo is colorized as `kerascolor colorize` would, put together into squares again, and
each square compared with its original. So the figures of all lengths can be compared with those of
squares that were colorized as they are.
"""

import numpy as np
from absl import flags

from kerascolor import load, program
from kerascolor.evaluation import evaluate, experiments, tables

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


def measure(photos, colorize, lengths):
    """Figures by the kind of photo; "squares" and "grey" are what to compare with.

    Args:
        photos: List of (name, original), RGB (H, H, 3) uint8.
        colorize: From grey levels to RGB of their size.
        lengths: The long photos' lengths, in their widths.

    Returns:
        What `evaluate.evaluate` returns.
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
    return evaluate.evaluate(photos, colorizers)


def main(_):
    photos = list(experiments.photos())
    lengths = [int(length) for length in FLAGS.lengths]
    figures = measure(photos, load(FLAGS.model), lengths)
    table = tables.markdown(figures, "kind", SHOWN)
    experiments.publish([f"{len(photos)} photos.", "", *table])


def define_flags():
    flags.DEFINE_string("model", "classifier", "Preset or .tflite file.")
    flags.DEFINE_list("lengths", ["2", "5", "10"], "The long photos' lengths, in their widths.")
    experiments.define_flags("panoramas")


if __name__ == "__main__":
    program.run(main, define_flags)
