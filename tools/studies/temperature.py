"""Measures a classifier at several temperatures and rebalancings, to choose its defaults.

A classifier that was trained under the weights w of one rebalancing answers as one trained under
the weights v where log(v / w) is added to its logits, so that a training serves to try many.

    python -m tools.studies.temperature --model run/model.weights.h5 --photos DIR \\
        --lpips_weights lpips_alexnet.npz --page docs/experiments.md
"""

import itertools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from absl import app, flags

from kerascolor import bins, color, models
from kerascolor.evaluation import evaluate, experiments

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
            return color.target_to_pixels(self._luminance, np.asarray(chroma), "lab")

        return colorize

    def _see(self, name, grey):
        """Runs the model on a photo, unless it was the last one."""
        if name != self._name:
            self._name = name
            self._luminance = evaluate.grey_luminance(grey, "lab")
            self._logits = self.model.logits(self._luminance[None], training=False)


def measure():
    """The table's Markdown lines."""
    model = models.load(FLAGS.model)
    if not model.takes_temperature:
        raise ValueError(f"{FLAGS.model} is a {type(model).__name__}: it has no temperature")
    rebalancings = FLAGS.rebalancings or [model.config["rebalancing"]]
    settings = itertools.product(map(float, rebalancings), map(float, FLAGS.temperatures))
    colorizers = Decoders(model, settings).colorizers
    figures = evaluate.evaluate(experiments.photos(), colorizers, experiments.lpips())
    return evaluate.markdown(figures, "rebalancing, temperature")


def main(_):
    experiments.publish("temperature", measure)


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("model", None, "Preset or weights file of a classifier.", required=True)
    flags.DEFINE_list("temperatures", ["0.3", "0.4", "0.5", "0.6", "0.8", "1"], "To measure.")
    flags.DEFINE_list("rebalancings", [], "To measure; by default the model's own.")
    experiments.define_flags("temperature")


if __name__ == "__main__":
    define_flags()
    app.run(main)
