"""Makes a preset of a trained run: weights, .tflite, and the figures in the documents.

    python -m tools.release --run RUN --preset classifier --photos DIR \\
        --lpips_weights lpips_alexnet.npz

Writes into kerascolor/weights, and the tables of README.md and docs/model-card.md; to be run in the
repository's root. A preset is only replaced by one with better figures: PSNR for a regression, AuC
for the others.
"""

import json
import os
import pathlib
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags

import kerascolor.export
from kerascolor import data, history, metrics, models, presets
from kerascolor.evaluation import evaluate, pages
from kerascolor.export import quantize

FLAGS = flags.FLAGS

LICENCE = "Apache-2.0"
MOST_LOST_PSNR = 0.15
MOST_LOST_LPIPS = 0.003
TRAINING_DATA = (
    "11,411 photos of mixed licences, many for research only (ImageNet, ADE20K, Flickr8k, VOC, "
    "BSDS)"
)
ENCODER_DATA = "; encoder from ImageNet (EfficientNet-Lite, Apache-2.0)"


def release(
    run,
    name,
    folder,
    quantization,
    image_size,
    temperature,
    rebalancing,
    lpips_weights,
    summary,
    start,
):
    """Writes the files of preset `name` from a run and enters them in the table.

    Raises:
        ValueError: The preset that is there has better figures, or something is unusable.
    """
    weights = pathlib.Path(run) / "model.weights.h5"
    overrides = {} if temperature is None else {"temperature": temperature}
    model = models.load(weights, **overrides)
    if rebalancing is not None:
        model = model.rebalanced(rebalancing)
    training_data = TRAINING_DATA + (ENCODER_DATA if model.config.get("encoder") else "")
    with tempfile.TemporaryDirectory() as made:
        files = {
            kind: pathlib.Path(made) / f"{name}{end}" for kind, end in presets.SUFFIXES.items()
        }
        models.save_weights(model, files["weights"], half=True)
        # What is exported is what the preset's own weights give.
        kerascolor.export.tflite(
            models.load(files["weights"]),
            files["tflite"],
            quantization,
            folder,
            image_size,
            licence=LICENCE,
            training_data=training_data,
        )
        figures = measure(files, pathlib.Path(folder), lpips_weights, image_size)
        check_quantization(figures["result"], figures["float"])
        check_better(name, model, figures["result"], files["weights"])
        preset = presets.write(
            name,
            model=type(model).__name__,
            files=files,
            metrics=figures["result"],
            grey=figures["grey"],
            training_data=training_data,
            licence=LICENCE,
            summary=summary,
            training=describe_run(run, start),
        )
    return preset


def describe_run(run, start):
    """What a run did, in a line, from the flags and the history that it left."""
    run = pathlib.Path(run)
    flag_values = json.loads((run / "flags.json").read_text())
    epochs = history.count_epochs(run / "history.csv")
    return (
        f"epochs: {epochs}, of crops of {flag_values['image_size']} pixels; batch "
        f"{flag_values['batch_size']}; highest learning rate {flag_values['learning_rate']}; "
        f"from {start}"
    )


def write_documents():
    """Writes the table of presets into README.md and docs/model-card.md."""
    table = presets.read()
    grey = next(iter(table.values())).grey
    measured = [
        n for n in evaluate.FIGURES if all(n in preset.metrics for preset in table.values())
    ]
    rows = [["preset", ".tflite (MB)", *(evaluate.FIGURES[name][0].strip() for name in measured)]]
    rows.append(["the grey photo itself", "", *evaluate.cells(grey, measured)])
    for name, preset in table.items():
        size = preset.files["tflite"].size / 1e6
        rows.append(
            [f"`{name}` ({preset.model})", f"{size:.1f}", *evaluate.cells(preset.metrics, measured)]
        )
    command = "python -m tools.release"
    pages.write_section("README.md", "results", command, pages.markdown_table(rows))
    trained = [["preset", "trained"], *([f"`{n}`", p.training] for n, p in table.items())]
    card = "docs/model-card.md"
    pages.write_section(card, "results", command, pages.markdown_table(rows))
    pages.write_section(card, "training", command, pages.markdown_table(trained))


def measure(files, folder, lpips_weights, image_size):
    """Figures of the .tflite ("result"), of the weights in Keras ("float"), and of grey."""
    colorizers = {
        "result": evaluate.preset_colorizer(str(files["tflite"])),
        "float": evaluate.keras_colorizer(files["weights"], image_size),
    }
    photos = evaluate.read_photos(folder, data.find_photos(folder, "val"), image_size)
    found = evaluate.evaluate(photos, colorizers, metrics.LPIPS(lpips_weights))
    return {
        label: {key: round(value, 4) for key, value in evaluate.average(photo.values()).items()}
        for label, photo in found.items()
    }


def check_quantization(figures, unquantized):
    """Raises ValueError where the .tflite has lost more of the Keras model's quality than allowed.

    Args:
        figures, unquantized: Those of the .tflite and of the model.
    """
    lost = unquantized["psnr"] - figures["psnr"], figures["lpips"] - unquantized["lpips"]
    if lost[0] > MOST_LOST_PSNR or lost[1] > MOST_LOST_LPIPS:
        raise ValueError(
            f"quantization costs {lost[0]:.2f} dB PSNR and {lost[1]:.4f} LPIPS, more than "
            f"{MOST_LOST_PSNR} and {MOST_LOST_LPIPS}: choose another --quantization"
        )
    print(f"quantization costs {lost[0]:.3f} dB PSNR and {lost[1]:.4f} LPIPS")


def check_better(name, model, figures, weights):
    """Raises ValueError where the preset that is there has other weights and better figures."""
    if name not in presets.read() or presets.path(name, "weights").read_bytes() == (
        weights.read_bytes()
    ):
        return
    deciding = "psnr" if type(model).__name__ in ("UNet", "Autoencoder") else "auc"
    before = presets.find(name).metrics[deciding]
    if figures[deciding] <= before:
        raise ValueError(
            f"preset {name!r} stays: its {deciding} is {before}, the new one's {figures[deciding]}"
        )


def main(_):
    try:
        preset = release(
            FLAGS.run,
            FLAGS.preset,
            FLAGS.photos,
            FLAGS.quantization,
            FLAGS.image_size,
            FLAGS.temperature,
            FLAGS.rebalancing,
            FLAGS.lpips_weights,
            FLAGS.summary,
            FLAGS.start,
        )
        write_documents()
    except (OSError, ValueError) as error:
        sys.exit(f"tools.release: {error}")
    for file in preset.files.values():
        print(f"{presets.FOLDER / file.name}: {file.size / 1e6:.2f} MB")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string("run", None, "Folder of a finished run.", required=True)
    flags.DEFINE_string("preset", None, "Name of the preset.", required=True)
    flags.DEFINE_string("photos", None, "Folder with a val split.", required=True)
    flags.DEFINE_enum("quantization", "int8", list(quantize.MODES), "Of the .tflite.")
    flags.DEFINE_integer("image_size", 256, "Of the .tflite.")
    flags.DEFINE_float(
        "rebalancing", None, "Of a classifier; as it was trained by default.", 1e-3, 1.0
    )
    flags.DEFINE_float("temperature", None, "The preset's own, for a classifier.")
    flags.DEFINE_string("lpips_weights", None, "npz of LPIPS weights.", required=True)
    flags.DEFINE_string("start", "random weights", "What the run started from.")
    flags.DEFINE_string("summary", "", "What the preset is good for, in a sentence.")


if __name__ == "__main__":
    define_flags()
    app.run(main)
