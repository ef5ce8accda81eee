"""Measures a classifier at several temperatures and rebalancings, to choose its defaults.

A classifier that was trained under the weights w of one rebalancing answers as one trained under
the weights v where log(v / w) is added to its logits, so that a training serves to try many.

    python -m kerascolor.train.temperature --model run/model.weights.h5 --photos DIR \\
        --lpips_weights lpips_alexnet.npz --page docs/experiments.md
"""

import itertools
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from absl import app, flags

from kerascolor import bins, callbacks, data, metrics, models
from kerascolor.train import documents, evaluate

FLAGS = flags.FLAGS


class Decoders:
    """Colorizers of a classifier at several settings, which share its logits.

    Args:
        model: `BinClassifier`.
        settings: (rebalancing, temperature) pairs.
    """

    def __init__(self, model, settings):
        self.model = model
        self.colorizers = {
            f"{rebalancing:g}, {temperature:g}": self._colorizer(rebalancing, temperature)
            for rebalancing, temperature in settings
        }
        self._name = self._luminance = self._logits = None

    def _colorizer(self, rebalancing, temperature):
        shift = bins.rebalancing_shift(self.model.config["rebalancing"], rebalancing)

        def colorize(name, grey):
            self._see(name, grey)
            chroma = self.model.upsample(bins.annealed_mean(self._logits + shift, temperature))[0]
            return callbacks.to_pixels(self._luminance, np.asarray(chroma), "lab")

        return colorize

    def _see(self, name, grey):
        """Runs the model on a photo, unless it was the last one."""
        if name != self._name:
            self._name = name
            self._luminance = evaluate.grey_luminance(grey, "lab")
            self._logits = self.model.logits(self._luminance[None], training=False)


def main(_):
    try:
        model = models.load(FLAGS.model)
        if not hasattr(model, "logits"):
            raise ValueError(f"{FLAGS.model} is a {type(model).__name__}: it has no temperature")
        folder = pathlib.Path(FLAGS.photos)
        paths = data.find_photos(folder, FLAGS.split)[:: FLAGS.every]
        lpips = metrics.LPIPS(FLAGS.lpips_weights) if FLAGS.lpips_weights else None
        rebalancings = FLAGS.rebalancings or [model.config["rebalancing"]]
        settings = itertools.product(map(float, rebalancings), map(float, FLAGS.temperatures))
        colorizers = Decoders(model, settings).colorizers
        photos = evaluate.read_photos(folder, paths, FLAGS.image_size)
        figures = evaluate.evaluate(photos, colorizers, lpips)
        lines = evaluate.markdown(figures, "rebalancing, temperature")
        if FLAGS.page:
            documents.write_section(FLAGS.page, "temperature", documents.command(FLAGS), lines)
    except (OSError, ValueError) as error:
        sys.exit(f"kerascolor.train.temperature: {error}")
    print(*lines, sep="\n")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("model", None, "Preset or weights file of a classifier.", required=True)
    flags.DEFINE_list("temperatures", ["0.3", "0.4", "0.5", "0.6", "0.8", "1"], "To measure.")
    flags.DEFINE_list("rebalancings", [], "To measure; by default the model's own.")
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_enum("split", "val", ["train", "val", "all"], "Which of them.")
    flags.DEFINE_integer("every", 1, "Take each so manieth photo.", lower_bound=1)
    flags.DEFINE_integer("image_size", 256, "Height and width to measure at.", lower_bound=32)
    flags.DEFINE_string("lpips_weights", None, "npz of LPIPS weights; without it no LPIPS.")
    flags.DEFINE_string("page", None, "Markdown page whose section temperature to rewrite.")


if __name__ == "__main__":
    define_flags()
    app.run(main)
