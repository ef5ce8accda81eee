"""Writes a preset or a trained model as a SavedModel.

python -m kerascolor.export.saved_model --model run/model.weights.h5 --output mine
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags

from kerascolor.export import command, serving

FLAGS = flags.FLAGS

flags.DEFINE_string("model", None, "Preset, .weights.h5 or .keras file.", required=True)
flags.DEFINE_string("output", None, "Folder to write.", required=True)
flags.DEFINE_integer("image_size", 256, "Height and width at which the model runs.", 128, 512)


def main(_):
    with command.errors("saved_model"):
        model, _, _ = command.load(FLAGS.model)
        serving.saved_model(model, FLAGS.output, FLAGS.image_size)
    print(f"{FLAGS.output}: signatures {serving.COLORIZE} and {serving.PHOTOS}")


if __name__ == "__main__":
    app.run(main)
