"""Measures how well old and badly kept photos are colorized.

    python -m tools.studies.robustness --model classifier --photos DIR

Each photo's centre square is made grey, and then faded, blurred, scratched and so on, one kind of
damage at a time; see `degradations`. The degraded photo is colorized as `kerascolor colorize`
would. Only the colours are judged, for no colorizer mends scratches: the result's a and b of Lab
are joined with the lightness of the photo before it was degraded, and that is compared with the
original. So the figures of all kinds, of clean photos and of grey ones can be compared.
"""

import cv2
import numpy as np
from absl import flags

from kerascolor import color, load, program
from kerascolor.evaluation import evaluate, experiments, pages, tables
from tools.studies import degradations

FLAGS = flags.FLAGS

# The figures that the table shows.
SHOWN = ("psnr", "lpips", "ciede2000", "colorfulness")


def join(result, original):
    """The original's lightness with the colours of a result; both RGB (H, W, 3) uint8."""
    luminance, _ = color.rgb_to_luminance_chroma(original / np.float32(255))
    _, chroma = color.rgb_to_luminance_chroma(result / np.float32(255))
    return color.target_to_pixels(luminance, chroma, "lab")


def colors_from(degrade, colorize):
    """A colorizer for `evaluate.evaluate` that sees photos degraded, and is judged by colours."""

    def run(name, grey):
        # The same scratches on the same photo, whatever else is measured.
        generator = np.random.default_rng(list(name.encode()))
        seen = degrade(grey, generator)
        result = degradations.without_border(colorize(seen), grey)
        return join(result, cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))

    return run


def measure(photos, colorize):
    """Averaged figures of each of DEGRADATIONS, and of "grey", the photos themselves.

    Args:
        photos: Iterable of (name, original), RGB (H, W, 3) uint8.
        colorize: From pixels, grey or RGB uint8, to RGB of their size.
    """
    colorizers = {
        kind: colors_from(degrade, colorize) for kind, degrade in degradations.DEGRADATIONS.items()
    }
    figures = evaluate.evaluate(photos, colorizers)
    return {kind: evaluate.average(of_photo.values()) for kind, of_photo in figures.items()}


def table(figures):
    """Rows of cells, the head first."""
    rows = [["kind", *tables.headings(SHOWN), "LPIPS, more than clean (%)"]]
    for kind, of_kind in figures.items():
        loss = 100 * (of_kind["lpips"] / figures["clean"]["lpips"] - 1)
        rows.append([kind, *tables.cells(of_kind, SHOWN), f"{loss:+.1f}"])
    return rows


def main(_):
    photos = list(experiments.photos())
    rows = table(measure(photos, load(FLAGS.model)))
    experiments.publish([f"{len(photos)} photos.", "", *pages.markdown_table(rows)])


def define_flags():
    flags.DEFINE_string("model", "classifier", "Preset or .tflite file.")
    experiments.define_flags("robustness")


if __name__ == "__main__":
    program.run(main, define_flags)
