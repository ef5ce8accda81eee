"""Makes a picture of many photos: grey, colorized, original.

    python -m kerascolor.train.sheet --model classifier --photos examples/photos/color \\
        --output docs/pictures/sheet.jpg
"""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from absl import app, flags

from kerascolor import data
from kerascolor.train import evaluate

FLAGS = flags.FLAGS

JPEG_QUALITY = 88
GAP = 6  # White pixels between the photos of a sheet.


def strip(original, colorizers, with_original=True, below=False):
    """One photo's strip (H, W, 3): grey, each result, and the original if it is wanted."""
    grey = evaluate.remove_color(original)
    results = [colorize(None, grey) for colorize in colorizers]
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
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    if not cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality):
        raise OSError(f"{path} can't be written: end it in .jpg or .png")


def main(_):
    try:
        folder = pathlib.Path(FLAGS.photos)
        paths = data.find_photos(folder, FLAGS.split)
        if FLAGS.names:
            paths = [path for path in paths if path.stem in FLAGS.names]
        paths = paths[:: max(1, len(paths) // FLAGS.count)][: FLAGS.count]
        colorize = evaluate.choose_colorizer(FLAGS.model, [], FLAGS.image_size, FLAGS.temperature)
        strips = [
            strip(original, [colorize], FLAGS.original, FLAGS.below)
            for _, original in evaluate.read_photos(folder, paths, FLAGS.image_size)
        ]
        if not strips:
            raise ValueError(f"{folder}: no photo of --names can be read")
        write(grid(strips, FLAGS.columns), FLAGS.output)
    except (OSError, ValueError) as error:
        sys.exit(f"kerascolor.train.sheet: {error}")
    print(f"{FLAGS.output}: {len(strips)} photos")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("model", "classifier", "Preset, .tflite, .weights.h5 or .keras file.")
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_enum("split", "all", ["train", "val", "all"], "Which of them.")
    flags.DEFINE_list("names", [], "Only these, by name without extension.")
    flags.DEFINE_integer("count", 64, "At most so many, spread over the folder.", lower_bound=1)
    flags.DEFINE_integer("columns", 4, "Photos in a row.", lower_bound=1)
    flags.DEFINE_integer("image_size", 256, "Height and width of each.", lower_bound=32)
    flags.DEFINE_bool("original", True, "With the originals.")
    flags.DEFINE_bool("below", False, "Results below the grey photos, not beside them.")
    flags.DEFINE_float("temperature", None, "Of a classifier; its own by default.", 0.01)
    flags.DEFINE_string("output", None, "Picture to write.", required=True)


if __name__ == "__main__":
    define_flags()
    app.run(main)
