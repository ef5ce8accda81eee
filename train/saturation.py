"""Measures what a saturation factor does to a model's photos.

    python -m kerascolor.train.saturation --model unet --photos DIR \\
        --lpips_weights lpips_alexnet.npz --page docs/comparison.md
"""

import functools
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags

from kerascolor import data, load, metrics
from kerascolor.train import documents, evaluate

FLAGS = flags.FLAGS


def colorizers(model, saturations):
    """Colorizers, as `evaluate.evaluate` takes them, of a preset or .tflite file."""
    colorizer = load(model)

    def colorize(_, grey, saturation):
        return colorizer(grey, saturation=saturation)

    return {f"{s:g}": functools.partial(colorize, saturation=s) for s in saturations}


def main(_):
    try:
        folder = pathlib.Path(FLAGS.photos)
        paths = data.find_photos(folder, FLAGS.split)[:: FLAGS.every]
        lpips = metrics.LPIPS(FLAGS.lpips_weights) if FLAGS.lpips_weights else None
        photos = evaluate.read_photos(folder, paths, FLAGS.image_size)
        wanted = colorizers(FLAGS.model, map(float, FLAGS.saturations))
        lines = evaluate.markdown(evaluate.evaluate(photos, wanted, lpips), "saturation")
        if FLAGS.page:
            documents.write_section(FLAGS.page, "saturation", documents.command(FLAGS), lines)
    except (OSError, ValueError) as error:
        sys.exit(f"kerascolor.train.saturation: {error}")
    print(*lines, sep="\n")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("model", None, "Preset or .tflite file.", required=True)
    flags.DEFINE_list("saturations", ["1", "1.2", "1.5", "2"], "To measure.")
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_enum("split", "val", ["train", "val", "all"], "Which of them.")
    flags.DEFINE_integer("every", 1, "Take each so manieth photo.", lower_bound=1)
    flags.DEFINE_integer("image_size", 256, "Height and width to measure at.", lower_bound=32)
    flags.DEFINE_string("lpips_weights", None, "npz of LPIPS weights; without it no LPIPS.")
    flags.DEFINE_string("page", None, "Markdown page whose section saturation to rewrite.")


if __name__ == "__main__":
    define_flags()
    app.run(main)
