"""Measures how much closer photos come to their originals with colours given by hand.

    python -m tools.studies.hints --model hinted.tflite --photos DIR --page docs/hints.md

Each photo's centre square is made grey and colorized with more and more points, whose colours are
means of the original's around them, as in figure 5 of Zhang et al. 2017. The points lie anywhere,
or one after the other where the result's colour is furthest from the original's. Beside the model
stand the same points spread by luminance alone (`propagation`).
"""

import warnings

import cv2
import numpy as np
from absl import flags
from tqdm import tqdm

from kerascolor import load, metrics, photo, program
from kerascolor.evaluation import evaluate, experiments, pages
from kerascolor.runtime import hints, render
from kerascolor.runtime.chroma import ChromaField
from tools.studies.propagation import propagate

FLAGS = flags.FLAGS

# Side of the square that a point's colour is the mean of, and over which errors are averaged.
PATCH = 7


def point(original, row, column):
    """The `Hint` that tells a photo's colour around a pixel."""
    reach = PATCH // 2
    around = original[max(0, row - reach) : row + reach + 1, max(0, column - reach) :]
    mean = around[:, : reach + min(column, reach) + 1].mean((0, 1))
    return hints.Hint(column, row, hints.as_css(np.rint(mean).astype(int)))


def colorize(colorizer, grey, points):
    with warnings.catch_warnings():
        # A mean's colour may not exist at the brightness of the pixel in its middle.
        warnings.simplefilter("ignore")
        return colorizer(grey, hints=points)


def spread_alone(colorizer, grey, points):
    """The photo in the points' colours, without a model."""
    original = photo.Photo(grey)
    prepared = colorizer.prepare(original)
    chroma = np.zeros((*prepared.luminance.shape, 2), np.float32)
    if points:
        given = hints.Points(tuple(points), prepared, "lab")
        places = given.places(chroma.shape)
        chroma = propagate(prepared.luminance, *places, given.chroma)
    field = ChromaField(prepared.luminance, chroma, "lab")
    return render.render(field, original, small=prepared.small).pixels


def worst_point(original, result):
    """The `Hint` where a result's colours are furthest from the original's."""
    error = np.linalg.norm(metrics.lab(result)[..., 1:] - metrics.lab(original)[..., 1:], axis=-1)
    error = cv2.blur(error, (PATCH, PATCH))
    row, column = np.unravel_index(error.argmax(), error.shape)
    return point(original, int(row), int(column))


def measure(photos, colorizer, counts):
    """Mean PSNR by the way to colorize, then by the number of points.

    Args:
        photos: Iterable of (name, original), RGB (H, W, 3) uint8.
        colorizer: `Colorizer` that takes hints.
        counts: Numbers of points, rising.
    """
    found = {"points anywhere": {}, "points where the error is largest": {}, "spread alone": {}}
    anywhere, worst, alone = found.values()
    for name, original in tqdm(photos, unit="photo", disable=None):
        grey = evaluate.remove_color(original)
        generator = np.random.default_rng(list(name.encode()))
        places = generator.integers(original.shape[:2], size=(max(counts), 2)).tolist()
        points = [point(original, *place) for place in places]
        for count in counts:
            for by_count, way in ((anywhere, colorize), (alone, spread_alone)):
                result = way(colorizer, grey, points[:count])
                by_count.setdefault(count, []).append(metrics.psnr(result, original))
        points = []
        for count in range(max(counts) + 1):
            result = colorize(colorizer, grey, points)
            if count in counts:
                worst.setdefault(count, []).append(metrics.psnr(result, original))
            points.append(worst_point(original, result))
    return {
        way: {count: float(np.mean(values)) for count, values in by_count.items()}
        for way, by_count in found.items()
    }


def table(figures):
    """Rows of cells, the head first."""
    counts = next(iter(figures.values()))
    rows = [["points", *(f"{way}: PSNR (dB)" for way in figures)]]
    return rows + [[n, *(f"{of_way[n]:.2f}" for of_way in figures.values())] for n in counts]


def main(_):
    photos = list(experiments.photos())
    figures = measure(photos, load(FLAGS.model), sorted(map(int, FLAGS.counts)))
    experiments.publish([f"{len(photos)} photos.", "", *pages.markdown_table(table(figures))])


def define_flags():
    flags.DEFINE_string("model", None, "Preset or .tflite file that takes hints.", required=True)
    flags.DEFINE_list("counts", ["0", "1", "2", "5", "10", "20", "50", "100"], "Points a photo.")
    experiments.define_flags("points")


if __name__ == "__main__":
    program.run(main, define_flags)
