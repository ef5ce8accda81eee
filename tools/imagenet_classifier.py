"""Writes a classifier of ImageNet's 1000 classes, to measure with what colours do to it.

    python -m tools.imagenet_classifier --output classifier.tflite \\
        --encoder_weights efficientnet_lite0_imagenet.npz --encoder efficientnet_lite0
    python -m kerascolor.evaluation.evaluate --classifier classifier.tflite ...

The npz is that which a training's encoder starts from, its 1000-class head included. The file
takes (rgb - 127) / 128 in float32, rgb in 0 to 255, and gives logits.
"""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags

from kerascolor import atomic, efficientnet_lite
from kerascolor.export import command, conversion, graph

FLAGS = flags.FLAGS

# Heights and widths that the networks were trained at.
IMAGE_SIZES = {"efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260}


def write(encoder, weights, path):
    """Writes the classifier of an encoder's name and npz file as PATH.tflite.

    Raises:
        ValueError, OSError: The npz is missing, damaged or of another encoder; or the path can't
            be written.
    """
    path = pathlib.Path(path)
    if path.suffix != ".tflite":
        raise graph.ExportError(f"{path}: give a path that ends in .tflite")
    graph.check_backend()
    model = efficientnet_lite.imagenet_classifier(encoder, IMAGE_SIZES[encoder])
    efficientnet_lite.load_imagenet(model, weights)
    content = conversion.network(model, "classify")
    with atomic.replacing(path) as file:
        file.write(content)


def main(_):
    with command.errors("imagenet_classifier"):
        write(FLAGS.encoder, FLAGS.encoder_weights, FLAGS.output)
    print(f"{FLAGS.output}: {os.path.getsize(FLAGS.output) / 1e6:.2f} MB")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("encoder_weights", None, "npz with the head's weights.", required=True)
    flags.DEFINE_enum("encoder", "efficientnet_lite0", list(IMAGE_SIZES), "What they are of.")
    flags.DEFINE_string("output", None, "File to write, .tflite.", required=True)


if __name__ == "__main__":
    define_flags()
    app.run(main)
