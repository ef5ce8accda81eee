"""Measures what a saturation factor does to a model's photos.

    python -m tools.studies.saturation --model unet --photos DIR \\
        --lpips_weights lpips_alexnet.npz --page docs/comparison.md
"""

import functools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags

from kerascolor import load
from kerascolor.evaluation import evaluate, experiments

FLAGS = flags.FLAGS


def colorizers(model, saturations):
    """Colorizers, as `evaluate.evaluate` takes them, of a preset or .tflite file."""
    colorizer = load(model)

    def colorize(_, grey, saturation):
        return colorizer(grey, saturation=saturation)

    return {f"{s:g}": functools.partial(colorize, saturation=s) for s in saturations}


def measure():
    """The table's Markdown lines."""
    wanted = colorizers(FLAGS.model, map(float, FLAGS.saturations))
    figures = evaluate.evaluate(experiments.photos(), wanted, experiments.lpips())
    return evaluate.markdown(figures, "saturation")


def main(_):
    experiments.publish("saturation", measure)


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("model", None, "Preset or .tflite file.", required=True)
    flags.DEFINE_list("saturations", ["1", "1.2", "1.5", "2"], "To measure.")
    experiments.define_flags("saturation")


if __name__ == "__main__":
    define_flags()
    app.run(main)
