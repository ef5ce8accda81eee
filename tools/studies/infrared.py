"""Measures how close views of infrared pictures come to what a camera saw in visible light.

    python -m tools.studies.infrared --models run/infrared.tflite,run2/unet.tflite,classifier \\
        --pairs DIR,DIR2 --page docs/infrared.md --picture docs/pictures/infrared.jpg

The pairs that are not for training are squeezed into squares, and each model sees the infrared as
`kerascolor colorize` would show it. Folders and bands are measured apart, beside the infrared as it
is. The picture shows the infrared, the first model's view and the photo: of pairs that are evenly
spaced, and then of those whose view is the worst by LPIPS. It names them, row by row.
"""

import collections
import pathlib
import sys

import cv2
import numpy as np
from absl import flags

from kerascolor import data, load, program
from kerascolor.evaluation import colorizers, evaluate, experiments, pages, tables
from tools import sheet

FLAGS = flags.FLAGS

# The figures that the table shows.
SHOWN = ("psnr", "ssim", "lpips", "ciede2000")
BANDS = {"nir": "near infrared"}
AS_IT_IS = "the infrared as it is"


def read(folders, image_size):
    """The pairs to measure on, squeezed, by their folder and band.

    Args:
        folders: Folders of pairs.
        image_size: Height and width to squeeze them to.

    Returns:
        Lists of (name, visible, infrared) by label; visible is RGB (H, W, 3), infrared grey (H, W),
        both uint8.
    """
    found = collections.defaultdict(list)
    for folder in map(pathlib.Path, folders):
        for pair in data.find_pairs(folder, training=False):
            pictures = [data.read(path) for path in (pair.visible, pair.infrared)]
            if any(pixels is None for pixels in pictures):
                print(f"{pair.visible} or its infrared can't be decoded", file=sys.stderr)
                continue
            visible, infrared = (data.resize(pixels, image_size) for pixels in pictures)
            band = BANDS.get(pair.band, pair.band)
            label = f"{folder.name}, {band}" if band else folder.name
            grey = cv2.cvtColor(infrared, cv2.COLOR_RGB2GRAY)
            found[label].append((pair.visible.name, visible, grey))
    return dict(found)


def measure(groups, models):
    """What `evaluate.evaluate` finds for each group of pairs, by its label.

    Args:
        groups: What `read` gives.
        models: Presets or .tflite files.
    """
    ways = {pages.run_name(model): colorizers.of_preset(model) for model in models}
    return {label: evaluate.evaluate(pairs, ways) for label, pairs in groups.items()}


def table(figures):
    """Rows of cells, the head first."""
    rows = [["pairs", "view", *tables.headings(SHOWN)]]
    for label, of_ways in figures.items():
        # What is compared with comes first.
        for way in sorted(of_ways, key=lambda way: way != "grey"):
            cells = tables.cells(evaluate.average(of_ways[way].values()), SHOWN)
            name = AS_IT_IS if way == "grey" else f"`{way}`"
            rows.append([f"{label} ({len(of_ways[way])})", name, *cells])
    return rows


def choose(groups, figures, way, count, worst):
    """Some pairs, evenly spaced, and the worst of the others by the LPIPS of a way."""
    pairs = [(label, *pair) for label, of_label in groups.items() for pair in of_label]
    chosen = data.spread(pairs, count)
    names = {pair[:2] for pair in chosen}
    others = [pair for pair in pairs if pair[:2] not in names]
    others.sort(key=lambda pair: -figures[pair[0]][way][pair[1]]["lpips"])
    return [*chosen, *others[:worst]]


def strip(colorizer, visible, grey, draws):
    """The infrared, its view, this many draws of others, and the photo, side by side."""
    views = [colorizer(grey)]
    if draws:
        views += colorizer.sample(grey, draws)
    return np.concatenate([cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), *views, visible], axis=1)


def draw(groups, figures, model, path):
    """Writes the picture of the pairs that the flags ask for, and prints their names."""
    way, colorizer = pages.run_name(model), load(model)
    chosen = choose(groups, figures, way, FLAGS.count, FLAGS.worst)
    strips = [strip(colorizer, visible, grey, FLAGS.draws) for _, _, visible, grey in chosen]
    sheet.write(sheet.grid(strips, FLAGS.columns), path)
    names = [f"{name} ({label})" for label, name, *_ in chosen]
    for start in range(0, len(names), FLAGS.columns):
        print(*names[start : start + FLAGS.columns], sep=", ")


def main(_):
    groups = read(FLAGS.pairs, FLAGS.image_size)
    figures = measure(groups, FLAGS.models)
    if FLAGS.picture:
        draw(groups, figures, FLAGS.models[0], FLAGS.picture)
    experiments.publish(pages.markdown_table(table(figures)))


def define_flags():
    flags.DEFINE_list(
        "models", None, "Presets or .tflite files; the first is drawn.", required=True
    )
    flags.DEFINE_list("pairs", None, "Folders of registered pairs.", required=True)
    flags.DEFINE_integer("image_size", 256, "Height and width to measure at.", lower_bound=32)
    flags.DEFINE_string("picture", None, "Picture to write.")
    flags.DEFINE_integer("count", 12, "Pairs in the picture, evenly spaced.", lower_bound=1)
    flags.DEFINE_integer("worst", 4, "Pairs with the worst views behind them.", lower_bound=0)
    flags.DEFINE_integer(
        "draws", 0, "Draws of other views, of a model that samples.", lower_bound=0
    )
    flags.DEFINE_integer("columns", 2, "Pairs in a row.", lower_bound=1)
    experiments.define_page_flags("infrared")


if __name__ == "__main__":
    program.run(main, define_flags)
