"""Makes a picture of many photos: grey, colorized, original.

    python -m tools.sheet --model classifier --photos examples/photos/color \\
        --output docs/pictures/sheet.jpg

With --hardest, the JSON file that `python -m kerascolor.evaluation` wrote, it takes the photos
whose colours are furthest from the originals' there. It names the photos, row by row.
"""

import json
import pathlib

import cv2
import numpy as np
from absl import flags

from kerascolor import data, program, squares
from kerascolor.evaluation import colorizers, evaluate

FLAGS = flags.FLAGS

JPEG_QUALITY = 88
GAP = 6  # White pixels between the photos of a sheet.
LABEL_HEIGHT = 24
LABEL_MARGIN = 4
FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_SCALE = 0.5


def strip(name, original, ways, with_original=True, below=False):
    """One photo's strip (H, W, 3): grey, each result, and the original if it is wanted."""
    grey = evaluate.remove_color(original)
    results = [colorize(name, grey) for colorize in ways]
    parts = [cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), *results]
    if with_original:
        parts.append(original)
    return np.concatenate(parts, axis=0 if below else 1)


def grid(strips, columns):
    """Strips of one size in `columns` columns, row by row, on white."""
    height, width, _ = strips[0].shape
    rows = -(-len(strips) // columns)
    shape = rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3
    picture = np.full(shape, 255, np.uint8)
    for index, one in enumerate(strips):
        top, left = index // columns * (height + GAP), index % columns * (width + GAP)
        picture[top : top + height, left : left + width] = one
    return picture


def labelled(names, strips):
    """Strips below each other, with the names of their columns above them."""
    width = strips[0].shape[1] // len(names)
    head = np.full((LABEL_HEIGHT, width * len(names), 3), 255, np.uint8)
    for index, name in enumerate(names):
        (needed, _), _ = cv2.getTextSize(name, FONT, FONT_SCALE, 1)
        scale = FONT_SCALE * min(1, (width - 2 * LABEL_MARGIN) / max(1, needed))
        place = index * width + LABEL_MARGIN, LABEL_HEIGHT - 2 * LABEL_MARGIN
        cv2.putText(head, name, place, FONT, scale, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([head, grid(strips, columns=1)])


def write(picture, path):
    """Writes RGB (H, W, 3) as the path's extension says; its folder is made if need be."""
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    is_jpeg = pathlib.Path(path).suffix.lower() in (".jpg", ".jpeg")
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if is_jpeg else []
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    if not cv2.haveImageWriter(str(path)) or not cv2.imwrite(str(path), bgr, quality):
        raise OSError(f"{path} can't be written: end it in .jpg or .png")


def choose(folder, split, count, names=(), evaluation=None):
    """Paths of some of a folder's photos, evenly spaced or the hardest first.

    Args:
        folder, split: As in `data.find_photos`.
        count: How many at most.
        names: Only these, without extension; empty for all.
        evaluation: JSON file of an evaluation, whose CIEDE2000 decides which are hardest; or None.

    Raises:
        ValueError, OSError: There are none, or the file holds no evaluation or one of other photos.
    """
    paths = [p for p in data.find_photos(folder, split) if not names or p.stem in names]
    if not paths:
        raise ValueError(f"{folder} has no photo of --names {','.join(names)}")
    if not evaluation:
        return data.spread(paths, count)
    try:
        figures = json.loads(pathlib.Path(evaluation).read_text())["photo_figures"]["result"]
        errors = {folder / name: figures[name]["ciede2000"] for name in figures}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{evaluation} was not written by kerascolor.evaluation --output"
        ) from error
    paths = sorted((path for path in paths if path in errors), key=lambda path: -errors[path])
    if not paths:
        raise ValueError(f"{evaluation} has none of these photos of {folder}")
    return paths[:count]


def main(_):
    folder, size = pathlib.Path(FLAGS.photos), FLAGS.image_size
    paths = choose(folder, FLAGS.split, FLAGS.count, FLAGS.names, FLAGS.hardest)
    names = [path.relative_to(folder).as_posix() for path in paths]
    ways = [
        colorizers.choose(FLAGS.model, names, size, temperature)
        for temperature in FLAGS.temperature or [None]
    ]
    strips = {
        name: strip(name, original, ways, FLAGS.original, FLAGS.below)
        for name, original in squares.read_all(folder, paths, size)
    }
    if not strips:
        raise ValueError(f"{folder}: none of the photos can be decoded")
    write(grid(list(strips.values()), FLAGS.columns), FLAGS.output)
    names = list(strips)
    for start in range(0, len(names), FLAGS.columns):
        print(*names[start : start + FLAGS.columns], sep=", ")
    print(f"{FLAGS.output}: {len(names)} photos")


def define_flags():
    flags.DEFINE_string(
        "model", "classifier", "Preset, .tflite, .weights.h5 or .keras file, or folder of results."
    )
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_string("split", "all", "Which of them.")
    flags.DEFINE_list("names", [], "Take only these, by name without extension.")
    flags.DEFINE_integer("count", 64, "How many at most, evenly spaced.", lower_bound=1)
    flags.DEFINE_string(
        "hardest", None, "JSON file of an evaluation: take its largest CIEDE2000 instead."
    )
    flags.DEFINE_integer("columns", 4, "Photos in a row.", lower_bound=1)
    flags.DEFINE_integer("image_size", 256, "Height and width of each.", lower_bound=32)
    flags.DEFINE_bool("original", True, "With the originals.")
    flags.DEFINE_bool("below", False, "Results below the grey photos, not beside them.")
    flags.DEFINE_multi_float(
        "temperature",
        None,
        "Temperature of a classifier; its own by default. Several are set side by side.",
        0.01,
    )
    flags.DEFINE_string("output", None, "Picture to write.", required=True)


if __name__ == "__main__":
    program.run(main, define_flags)
