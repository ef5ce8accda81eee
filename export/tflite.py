"""Writes a preset or a trained model as a TFLite file for phones and browsers.

    python -m kerascolor.export.tflite --model run/model.weights.h5 --output mine.tflite \\
        --quantization int8 --calibration photos
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags

from kerascolor.export import command, conversion, proof, quantize

FLAGS = flags.FLAGS

flags.DEFINE_string("model", None, "Preset, .weights.h5 or .keras file.", required=True)
flags.DEFINE_string("output", None, "File to write, .tflite.", required=True)
flags.DEFINE_enum("quantization", "none", list(quantize.MODES), "Of weights, or of all.")
flags.DEFINE_string("calibration", None, "Folder of at least 100 photos, for int8.")
flags.DEFINE_string("photos", None, "Folder of photos to prove the file on.")
flags.DEFINE_integer("image_size", 256, "Height and width of a photo.", 32, 512)
flags.DEFINE_string("licence", None, "Of the weights.")
flags.DEFINE_string("training_data", None, "What the weights were trained on.")


def main(_):
    with command.errors("tflite"):
        model, licence, training_data = command.load(FLAGS.model)
        description = conversion.tflite(
            model,
            FLAGS.output,
            FLAGS.quantization,
            FLAGS.calibration,
            FLAGS.image_size,
            FLAGS.photos,
            FLAGS.licence or licence,
            FLAGS.training_data or training_data,
        )
    print(proof.summary(FLAGS.output, description))


if __name__ == "__main__":
    app.run(main)
