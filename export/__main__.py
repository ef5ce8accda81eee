"""Writes a preset or a trained model as a file for phones and browsers, or for a server.

    python -m kerascolor.export --model run/model.weights.h5 --output mine.tflite \\
        --quantization int8 --calibration photos
    python -m kerascolor.export --model classifier --format saved_model --output mine
"""

import dataclasses

from absl import flags

from kerascolor import export, program
from kerascolor.export import proof, quantize, source, tf_saved_model

FLAGS = flags.FLAGS


def main(_):
    model, options = source.load(FLAGS.model, FLAGS.photos)
    if FLAGS.format == "saved_model":
        export.saved_model(model, FLAGS.output, FLAGS.image_size)
        print(f"{FLAGS.output}: signatures {tf_saved_model.COLORIZE} and {tf_saved_model.PHOTOS}")
        return
    options = dataclasses.replace(
        options,
        licence=FLAGS.licence or options.licence,
        training_data=FLAGS.training_data or options.training_data,
    )
    description = export.tflite(
        model, FLAGS.output, FLAGS.quantization, FLAGS.calibration, FLAGS.image_size, options
    )
    print(proof.summary(FLAGS.output, description))


def define_flags():
    flags.DEFINE_string("model", None, "Preset, .weights.h5 or .keras file.", required=True)
    flags.DEFINE_enum("format", "tflite", ["tflite", "saved_model"], "What to write.")
    flags.DEFINE_string("output", None, "File (.tflite) or new folder to write.", required=True)
    flags.DEFINE_integer("image_size", 256, "Height and width of a photo.", 32, 512)
    flags.DEFINE_enum(
        "quantization", "none", list(quantize.MODES), "Quantization of a TFLite file."
    )
    flags.DEFINE_string("calibration", None, "Folder of at least 100 photos, for int8.")
    flags.DEFINE_string("photos", None, "Folder of photos to prove a TFLite file on.")
    flags.DEFINE_string("licence", None, "Licence of the weights; a preset's own by default.")
    flags.DEFINE_string(
        "training_data", None, "What the weights were trained on; a preset's own by default."
    )


if __name__ == "__main__":
    program.run(main, define_flags)
