"""Measures a classifier at several temperatures, to choose its default.

    python -m kerascolor.train.temperature --model run/model.weights.h5 --photos DIR \\
        --lpips_weights lpips_alexnet.npz --page docs/experiments.md
"""

import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from absl import app, flags

from kerascolor import bins, callbacks, color, data, metrics, models
from kerascolor.train import documents, evaluate

FLAGS = flags.FLAGS


class Temperatures:
    """Colorizers of a classifier at several temperatures, which share its logits.

    Args:
        model: `BinClassifier`.
        temperatures: Of the annealed mean.
    """

    def __init__(self, model, temperatures):
        self.model = model
        self.colorizers = {
            f"{temperature:g}": lambda name, grey, t=temperature: self.colorize(name, grey, t)
            for temperature in temperatures
        }
        self._name = self._luminance = self._logits = None

    def colorize(self, name, grey, temperature):
        if name != self._name:
            rgb = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB) / np.float32(255)
            self._name = name
            self._luminance, _ = color.rgb_to_luminance_chroma(rgb)
            self._logits = self.model.logits(self._luminance[None], training=False)
        chroma = self.model.upsample(bins.annealed_mean(self._logits, temperature))[0]
        result = callbacks.to_rgb(self._luminance, np.asarray(chroma), "lab")
        return np.rint(255.0 * result).astype(np.uint8)


def main(_):
    try:
        model = models.load(FLAGS.model)
        if not hasattr(model, "logits"):
            raise ValueError(f"{FLAGS.model} is a {type(model).__name__}: it has no temperature")
        folder = pathlib.Path(FLAGS.photos)
        paths = data.find_photos(folder, FLAGS.split)[:: FLAGS.every]
        lpips = metrics.LPIPS(FLAGS.lpips_weights) if FLAGS.lpips_weights else None
        colorizers = Temperatures(model, map(float, FLAGS.temperatures)).colorizers
        photos = evaluate.read_photos(folder, paths, FLAGS.image_size)
        figures = evaluate.evaluate(photos, colorizers, lpips)
        lines = evaluate.markdown(figures, "temperature")
        if FLAGS.page:
            command = f"python -m kerascolor.train.temperature --model {FLAGS.model} ..."
            documents.write_section(FLAGS.page, "temperature", command, lines)
    except (OSError, ValueError) as error:
        sys.exit(f"kerascolor.train.temperature: {error}")
    print(*lines, sep="\n")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("model", None, "Preset or weights file of a classifier.", required=True)
    flags.DEFINE_list("temperatures", ["0.3", "0.4", "0.5", "0.6", "0.8", "1"], "To measure.")
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_enum("split", "val", ["train", "val", "all"], "Which of them.")
    flags.DEFINE_integer("every", 1, "Take each so manieth photo.", lower_bound=1)
    flags.DEFINE_integer("image_size", 256, "Height and width to measure at.", lower_bound=32)
    flags.DEFINE_string("lpips_weights", None, "npz of LPIPS weights; without it no LPIPS.")
    flags.DEFINE_string("page", None, "Markdown page whose section temperature to rewrite.")


if __name__ == "__main__":
    define_flags()
    app.run(main)
