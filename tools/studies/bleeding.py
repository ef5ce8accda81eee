"""Measures how far a point's colour runs over the edge of what it lies on.

    python -m tools.studies.bleeding --model hinted.tflite --page docs/hints.md

The scenes are made: two touching shapes on a ground, each with a grey level and a grain of its own,
so that it is known what belongs to what. A point gives one of the shapes a colour; the table tells
how much both change by it, for shapes that differ much or little in brightness.
"""

import cv2
import numpy as np
from absl import flags

from kerascolor import load, metrics, program
from kerascolor.evaluation import experiments, pages
from tools.studies.hints import colorize

FLAGS = flags.FLAGS

SIZE = 256
# Grey levels that touching shapes differ by.
CONTRASTS = (10, 20, 40, 80)
COLORS = ("#a03030", "#30803c", "#3050a0", "#a08020", "#803080", "#208080")


def scene(generator, contrast):
    """A grey photo (H, W) uint8, and the masks of its two shapes, which touch but do not overlap.

    The shapes are the parts of a star-shaped blob on either side of a line through its middle.
    """
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radii = generator.uniform(0.22, 0.42, 24) * SIZE
    corners = SIZE / 2 + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    blob = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(blob, [np.rint(corners).astype(np.int32)], 1)
    turn = generator.uniform(0, 2 * np.pi)
    down, right = np.indices(blob.shape) - SIZE / 2
    side = np.cos(turn) * right + np.sin(turn) * down > 0
    masks = (blob == 1) & side, (blob == 1) & ~side
    dark = generator.uniform(60, 190 - contrast)
    levels = np.where(masks[0], dark, np.where(masks[1], dark + contrast, 220))
    grain = cv2.GaussianBlur(generator.normal(0, 12, blob.shape), (0, 0), 2)
    return np.uint8(np.clip(cv2.GaussianBlur(levels + grain, (0, 0), 0.7), 0, 255)), masks


def middle(mask):
    """The pixel (x, y) of a mask that is furthest from its border."""
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    row, column = np.unravel_index(distance.argmax(), mask.shape)
    return int(column), int(row)


def measure(colorizer, scenes):
    """For each contrast how much the colours of the shape with the point and of the other change.

    Args:
        colorizer: `Colorizer` that takes hints.
        scenes: How many of each contrast.
    """
    found = {}
    for contrast in CONTRASTS:
        changes = []
        for index in range(scenes):
            grey, masks = scene(np.random.default_rng((contrast, index)), contrast)
            before = metrics.lab(colorize(colorizer, grey, []))
            hint = (*middle(masks[0]), COLORS[index % len(COLORS)])
            after = metrics.lab(colorize(colorizer, grey, [hint]))
            change = np.linalg.norm((after - before)[..., 1:], axis=-1)
            changes.append([change[mask].mean() for mask in masks])
        found[contrast] = np.array(changes)
    return found


def table(found):
    """Rows of cells, the head first."""
    head = "difference (levels)", "own change", "change beside", "ratio", "ratio below 1/3 (%)"
    rows = [head]
    for contrast, changes in found.items():
        own, beside = changes.mean(0)
        below = 100 * np.mean(changes[:, 1] < changes[:, 0] / 3)
        rows.append([contrast, *(f"{x:.2f}" for x in (own, beside, beside / own)), f"{below:.0f}"])
    return rows


def main(_):
    found = measure(load(FLAGS.model), FLAGS.scenes)
    lines = [f"{FLAGS.scenes} scenes of each kind; changes are in units of a and b of Lab.", ""]
    experiments.publish([*lines, *pages.markdown_table(table(found))])


def define_flags():
    flags.DEFINE_string("model", None, "Preset or .tflite file that takes hints.", required=True)
    flags.DEFINE_integer("scenes", 60, "Scenes of each kind.", lower_bound=1)
    experiments.define_page_flags("bleeding")


if __name__ == "__main__":
    program.run(main, define_flags)
