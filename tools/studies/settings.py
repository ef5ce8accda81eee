"""Measures a model at several settings, to choose its defaults.

    python -m tools.studies.settings --model unet --photos DIR --saturations 1,1.2,1.5,2
    python -m tools.studies.settings --model run/model.weights.h5 --photos DIR \\
        --temperatures 0.2,0.4,0.8 --rebalancings 1,0.9

With --saturations, a preset or .tflite file colorizes as `kerascolor colorize` does. Otherwise a
classifier in Keras is measured at all pairs of the temperatures and rebalancings. One training
serves to try many rebalancings: a classifier that was trained under the weights w answers as one
trained under the weights v where log(v / w) is added to its logits.
"""

import functools
import itertools

import numpy as np
from absl import flags

from kerascolor import bins, color, load, models, program
from kerascolor.evaluation import colorizers, evaluate, experiments, tables

FLAGS = flags.FLAGS


def saturated(model, saturations):
    """Ways to colorize, as `evaluate.evaluate` takes them, by a preset or .tflite file."""
    colorizer = load(model)

    def colorize(_, grey, saturation):
        return colorizer(grey, saturation=saturation)

    return {f"{s:g}": functools.partial(colorize, saturation=s) for s in saturations}


class Decoders:
    """Ways to colorize by a classifier at several settings, which share its logits.

    Args:
        model: `BinClassifier`.
        settings: (rebalancing, temperature) pairs.
    """

    def __init__(self, model, settings):
        self.model = model
        self.ways = {
            f"{rebalancing:g}, {temperature:g}": self._way(rebalancing, temperature)
            for rebalancing, temperature in settings
        }
        self._name = self._luminance = self._logits = None

    def _way(self, rebalancing, temperature):
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
            self._luminance = colorizers.grey_luminance(grey, "lab")
            self._logits = self.model.logits(self._luminance[None], training=False)


def decoded(name, rebalancings, temperatures):
    """Ways to colorize by the classifier that a preset or weights file holds.

    Raises:
        ValueError: It holds another model.
    """
    model = models.load(name)
    if not model.takes_temperature:
        raise ValueError(f"{name} is a {type(model).__name__}: it has no temperature")
    rebalancings = rebalancings or [model.config["rebalancing"]]
    return Decoders(model, itertools.product(rebalancings, temperatures)).ways


def main(_):
    saturations, temperatures, rebalancings = (
        [float(value) for value in flag]
        for flag in (FLAGS.saturations, FLAGS.temperatures, FLAGS.rebalancings)
    )
    if saturations:
        ways, head = saturated(FLAGS.model, saturations), "saturation"
    else:
        ways = decoded(FLAGS.model, rebalancings, temperatures)
        head = "rebalancing, temperature"
    figures = evaluate.evaluate(experiments.photos(), ways)
    experiments.publish(tables.markdown(figures, head))


def define_flags():
    flags.DEFINE_string("model", None, "Preset, .tflite or weights file.", required=True)
    flags.DEFINE_list("saturations", [], "Saturations to measure.")
    flags.DEFINE_list(
        "temperatures", ["0.3", "0.4", "0.5", "0.6", "0.8", "1"], "Temperatures to measure."
    )
    flags.DEFINE_list("rebalancings", [], "Rebalancings; by default the model's own.")
    experiments.define_flags("settings")


if __name__ == "__main__":
    program.run(main, define_flags)
