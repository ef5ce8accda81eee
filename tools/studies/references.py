"""Measures what the palette of a reference photo does.

    python -m tools.studies.references --model hinted.tflite --photos DIR --page docs/hints.md

Each photo's centre square is made grey and colorized without a reference, with the photo itself as
its own, and with another photo. "Apart" is how much of the result's palette lies elsewhere than the
reference's: 0 for the same colours in the same shares, 100 for none in common.
"""

import numpy as np
from absl import flags

from kerascolor import load, program
from kerascolor.evaluation import evaluate, experiments, pages, tables
from kerascolor.figures import FIGURES
from kerascolor.runtime import hints, prepare

FLAGS = flags.FLAGS

SHOWN = ("psnr", "lpips", "colorfulness")


def apart(result, reference):
    """Percent of the palette of a result, RGB (H, W, 3), that lies elsewhere than a reference's."""
    palettes = (hints.palette(pixels)[:-1] for pixels in (result, reference))
    return 50 * float(np.abs(np.subtract(*palettes)).sum())


def measure(photos, colorizer):
    """Averaged figures by the kind of reference, with "apart" from the reference's palette.

    Args:
        photos: List of (name, original), RGB (H, W, 3) uint8.
        colorizer: `Colorizer` that takes hints.
    """
    photos = [(name, original) for name, original in photos if prepare.has_colors(original)]
    originals = dict(photos)
    names = list(originals)
    others = dict(zip(names, [*names[1:], *names[:1]], strict=True))
    far = {}

    def way(kind, reference_of, is_used):
        def colorize(name, grey):
            reference = originals[reference_of(name)]
            result = colorizer(grey, reference=reference if is_used else None)
            far.setdefault(kind, []).append(apart(result, reference))
            return result

        return colorize

    ways = {
        kind: way(kind, reference_of, is_used)
        for kind, reference_of, is_used in (
            ("none, apart from its own", lambda name: name, False),
            ("its own", lambda name: name, True),
            ("none, apart from another photo's", others.get, False),
            ("another photo's", others.get, True),
        )
    }
    figures = evaluate.evaluate(photos, ways)
    return {
        kind: {**evaluate.average(figures[kind].values()), "apart": float(np.mean(far[kind]))}
        for kind in ways
    }


def table(figures):
    """Rows of cells, the head first."""
    rows = [["palette", *tables.headings(SHOWN), "apart (%)"]]
    for kind, of_kind in figures.items():
        cells = [FIGURES[name].text(of_kind[name]) for name in SHOWN]
        rows.append([kind, *cells, f"{of_kind['apart']:.1f}"])
    return rows


def main(_):
    photos = list(experiments.photos())
    rows = table(measure(photos, load(FLAGS.model)))
    experiments.publish([f"{len(photos)} photos.", "", *pages.markdown_table(rows)])


def define_flags():
    flags.DEFINE_string("model", None, "Preset or .tflite file that takes hints.", required=True)
    experiments.define_flags("references")


if __name__ == "__main__":
    program.run(main, define_flags)
