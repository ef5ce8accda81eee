"""Makes a picture of many photos: grey, colorized, original.

    python -m tools.sheet --model classifier --photos examples/photos/color \\
        --output docs/pictures/sheet.jpg

With the JSON file that evaluate wrote as --hardest, of the photos whose colours are furthest from
the originals' there. Names the photos, row by row.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from absl import app, flags

from kerascolor import data
from kerascolor.evaluation import evaluate
from kerascolor.export import graph

FLAGS = flags.FLAGS

JPEG_QUALITY = 88
GAP = 6  # White pixels between the photos of a sheet.


def strip(name, original, colorizers, with_original=True, below=False):
    """One photo's strip (H, W, 3): grey, each result, and the original if it is wanted."""
    grey = evaluate.remove_color(original)
    results = [colorize(name, grey) for colorize in colorizers]
    parts = [cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), *results]
    if with_original:
        parts.append(original)
    return np.concatenate(parts, axis=0 if below else 1)


def grid(strips, columns):
    """Strips of one size side by side in so many columns, row by row, on white."""
    height, width, _ = strips[0].shape
    rows = -(-len(strips) // columns)
    shape = rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3
    picture = np.full(shape, 255, np.uint8)
    for index, one in enumerate(strips):
        top, left = index // columns * (height + GAP), index % columns * (width + GAP)
        picture[top : top + height, left : left + width] = one
    return picture


def write(picture, path):
    """Writes RGB (H, W, 3) as the path's extension says; its folder is made if need be."""
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    is_jpeg = pathlib.Path(path).suffix.lower() in (".jpg", ".jpeg")
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if is_jpeg else []
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    if not cv2.haveImageWriter(str(path)) or not cv2.imwrite(str(path), bgr, quality):
        raise OSError(f"{path} can't be written: end it in .jpg or .png")


def choose(folder, split, count, names=(), evaluation=None):
    """Paths of so many of a folder's photos, evenly spaced or the hardest first.

    Args:
        folder, split: As in `data.find_photos`.
        count: At most so many.
        names: Only these, without extension; empty for all.
        evaluation: JSON file of `evaluate`, whose result's CIEDE2000 tells the hardest; or None.

    Raises:
        ValueError, OSError: There are none, or the evaluation is none or of other photos.
    """
    paths = [p for p in data.find_photos(folder, split) if not names or p.stem in names]
    if not paths:
        raise ValueError(f"{folder} has no photo of --names {','.join(names)}")
    if not evaluation:
        return graph.spread(paths, count)
    try:
        figures = json.loads(pathlib.Path(evaluation).read_text())["photo_figures"]["result"]
        errors = {folder / name: figures[name]["ciede2000"] for name in figures}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{evaluation} was not written by evaluate --output") from error
    paths = sorted((path for path in paths if path in errors), key=lambda path: -errors[path])
    if not paths:
        raise ValueError(f"{evaluation} has none of these photos of {folder}")
    return paths[:count]


def main(_):
    try:
        folder = pathlib.Path(FLAGS.photos)
        paths = choose(folder, FLAGS.split, FLAGS.count, FLAGS.names, FLAGS.hardest)
        names = [path.relative_to(folder).as_posix() for path in paths]
        size = FLAGS.image_size
        colorizers = [
            evaluate.choose_colorizer(FLAGS.model, names, size, temperature)
            for temperature in FLAGS.temperature or [None]
        ]
        strips = {
            name: strip(name, original, colorizers, FLAGS.original, FLAGS.below)
            for name, original in evaluate.read_photos(folder, paths, size)
        }
        if not strips:
            raise ValueError(f"{folder}: none of the photos can be decoded")
        write(grid(list(strips.values()), FLAGS.columns), FLAGS.output)
    except (OSError, ValueError) as error:
        sys.exit(f"tools.sheet: {error}")
    names = list(strips)
    for start in range(0, len(names), FLAGS.columns):
        print(*names[start : start + FLAGS.columns], sep=", ")
    print(f"{FLAGS.output}: {len(names)} photos")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string(
        "model", "classifier", "Preset, .tflite, .weights.h5 or .keras file, or folder of results."
    )
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_enum("split", "all", ["train", "val", "all"], "Which of them.")
    flags.DEFINE_list("names", [], "Only these, by name without extension.")
    flags.DEFINE_integer("count", 64, "At most so many, evenly spaced.", lower_bound=1)
    flags.DEFINE_string(
        "hardest", None, "JSON file of evaluate: take those of its largest CIEDE2000 instead."
    )
    flags.DEFINE_integer("columns", 4, "Photos in a row.", lower_bound=1)
    flags.DEFINE_integer("image_size", 256, "Height and width of each.", lower_bound=32)
    flags.DEFINE_bool("original", True, "With the originals.")
    flags.DEFINE_bool("below", False, "Results below the grey photos, not beside them.")
    flags.DEFINE_multi_float(
        "temperature",
        None,
        "Of a classifier; its own by default. Several are set side by side.",
        0.01,
    )
    flags.DEFINE_string("output", None, "Picture to write.", required=True)


if __name__ == "__main__":
    define_flags()
    app.run(main)
