"""Writes a classifier of ImageNet's 1000 classes, to measure what colours do to its answers.

    python -m tools.imagenet_classifier --output classifier.tflite \\
        --encoder_weights efficientnet_lite0_imagenet.npz --encoder efficientnet_lite0
    python -m kerascolor.evaluation --classifier classifier.tflite ...

The npz is that which a training's encoder starts from, its 1000-class head included. The file
takes (rgb - 127) / 128 in float32, rgb in 0 to 255, and gives logits.
"""

import os
import pathlib

from absl import flags

from kerascolor import atomic, efficientnet_lite, program
from kerascolor.export import ExportError, graph, litert

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
        raise ExportError(f"{path}: give a path that ends in .tflite")
    graph.check_backend()
    model = efficientnet_lite.imagenet_classifier(encoder, IMAGE_SIZES[encoder])
    efficientnet_lite.load_imagenet(model, weights)
    content = litert.network(model, "classify")
    with atomic.replacing(path) as file:
        file.write(content)


def main(_):
    write(FLAGS.encoder, FLAGS.encoder_weights, FLAGS.output)
    print(f"{FLAGS.output}: {os.path.getsize(FLAGS.output) / 1e6:.2f} MB")


def define_flags():
    flags.DEFINE_string("encoder_weights", None, "npz with the head's weights.", required=True)
    flags.DEFINE_enum("encoder", "efficientnet_lite0", list(IMAGE_SIZES), "Variant of the weights.")
    flags.DEFINE_string("output", None, "File to write, .tflite.", required=True)


if __name__ == "__main__":
    program.run(main, define_flags)
