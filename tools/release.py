"""Makes a preset of a trained run: weights, .tflite, and the figures in the documents.

    python -m tools.release --run RUN --preset classifier --photos DIR \\
        --measured outside=DIR2,val=DIR

Writes into kerascolor/weights, and the tables of README.md and docs/model-card.md; run it in the
repository's root. A preset is only replaced by one with a better figure on the first of the
measured splits, by default LPIPS.
"""

import dataclasses
import json
import pathlib
import tempfile

from absl import flags

from kerascolor import export, history, models, presets, program
from kerascolor.evaluation import colorizers
from kerascolor.export import quantize
from kerascolor.figures import FIGURES
from kerascolor.train import trainer
from tools import measure

FLAGS = flags.FLAGS

LICENCE = "Apache-2.0"
MOST_LOST_PSNR = 0.15
MOST_LOST_LPIPS = 0.003
TRAINING_DATA = (
    "11,411 photos of mixed licences, many for research only (ImageNet, ADE20K, Flickr8k, VOC, "
    "BSDS)"
)
ENCODER_DATA = "; encoder from ImageNet (EfficientNet-Lite, Apache-2.0)"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Release:
    """What a preset is made of.

    Args:
        run: Folder of a finished run.
        preset: Name of the preset.
        photos: Folder of photos that an int8 file is calibrated on.
        measured: Folder by the split of it that is measured; the split to go by comes first.
        quantization: Quantization of the .tflite.
        image_size: Height and width of the .tflite's photos.
        temperature, rebalancing: A classifier's; None keeps what it was trained with.
        deciding: Name of the figure that must be better than that of the preset of this name.
        start: What the run started from.
        summary: What the preset is good for, in a sentence.
    """

    run: str
    preset: str
    photos: str
    measured: dict[str, str]
    quantization: str = "int8"
    image_size: int = 256
    temperature: float | None = None
    rebalancing: float | None = None
    deciding: str = "lpips"
    start: str = "random weights"
    summary: str = ""


def release(wanted, folder=presets.FOLDER):
    """Writes the files of a preset from a run and enters them in the table.

    Args:
        wanted: `Release`.
        folder: With the table of presets and their files.

    Raises:
        ValueError: The preset that is there has better figures, or something is unusable.
    """
    name = wanted.preset
    weights = pathlib.Path(wanted.run) / trainer.WEIGHTS
    overrides = {} if wanted.temperature is None else {"temperature": wanted.temperature}
    model = models.load(weights, **overrides)
    if wanted.rebalancing is not None:
        model = model.rebalanced(wanted.rebalancing)
    training_data = TRAINING_DATA + (ENCODER_DATA if model.config.get("encoder") else "")
    with tempfile.TemporaryDirectory() as made:
        files = {
            kind: pathlib.Path(made) / f"{name}{end}" for kind, end in presets.SUFFIXES.items()
        }
        models.save_weights(model, files["weights"], half=True)
        # What is exported is what the preset's own weights give.
        export.tflite(
            models.load(files["weights"]),
            files["tflite"],
            wanted.quantization,
            wanted.photos,
            wanted.image_size,
            export.Options(licence=LICENCE, training_data=training_data),
        )
        ways = {
            "result": colorizers.of_preset(str(files["tflite"])),
            "float": colorizers.of_file(files["weights"], wanted.image_size),
        }
        figures = measure.measure(ways, wanted.measured, wanted.image_size)
        first = next(iter(wanted.measured))
        check_quantization(figures["result"][first], figures["float"][first])
        check_better(wanted, figures["result"][first], files["weights"], folder)
        return presets.write(
            name,
            model=type(model).__name__,
            files=files,
            folder=folder,
            metrics=figures["result"],
            grey=figures["grey"],
            training_data=training_data,
            licence=LICENCE,
            summary=wanted.summary,
            training=describe_run(wanted.run, wanted.start),
        )


def describe_run(run, start):
    """What a run did, in a line, from the flags and the history that it left."""
    run = pathlib.Path(run)
    flag_values = json.loads((run / trainer.RECORD).read_text())
    epochs = history.count_epochs(run / trainer.HISTORY)
    return (
        f"epochs: {epochs}, of crops of {flag_values['image_size']} pixels; batch "
        f"{flag_values['batch_size']}; highest learning rate {flag_values['learning_rate']}; "
        f"from {start}"
    )


def check_quantization(figures, unquantized):
    """Raises ValueError where the .tflite has lost more of the Keras model's quality than allowed.

    Args:
        figures, unquantized: The figures of the .tflite and of the model.
    """
    lost = unquantized["psnr"] - figures["psnr"], figures["lpips"] - unquantized["lpips"]
    if lost[0] > MOST_LOST_PSNR or lost[1] > MOST_LOST_LPIPS:
        raise ValueError(
            f"quantization costs {lost[0]:.2f} dB PSNR and {lost[1]:.4f} LPIPS, more than "
            f"{MOST_LOST_PSNR} and {MOST_LOST_LPIPS}: choose another --quantization"
        )
    print(f"quantization costs {lost[0]:.3f} dB PSNR and {lost[1]:.4f} LPIPS")


def check_better(wanted, figures, weights, folder=presets.FOLDER):
    """Raises ValueError where the preset that is there has other weights and a figure as good.

    Args:
        wanted: `Release`.
        figures: The new figures.
        weights: Path of the new weights.
        folder: With the table of presets and their files.
    """
    name, deciding = wanted.preset, wanted.deciding
    if name not in presets.read(folder):
        return
    if presets.path(name, "weights", folder).read_bytes() == weights.read_bytes():
        return
    before = next(iter(presets.find(name, folder).metrics.values()))[deciding]
    if not FIGURES[deciding].is_worse(before, figures[deciding]):
        raise ValueError(
            f"preset {name!r} stays: its {deciding} is {before}, the new one's {figures[deciding]}"
        )


def main(_):
    fields = {field.name: FLAGS[field.name].value for field in dataclasses.fields(Release)}
    fields["measured"] = measure.folders(fields["measured"])
    preset = release(Release(**fields))
    measure.write_documents()
    for file in preset.files.values():
        print(f"{presets.FOLDER / file.name}: {file.size / 1e6:.2f} MB")


def define_flags():
    flags.DEFINE_string("run", None, "Folder of a finished run.", required=True)
    flags.DEFINE_string("preset", None, "Name of the preset.", required=True)
    flags.DEFINE_string("photos", None, "Folder of photos to calibrate int8 on.", required=True)
    measure.define_measured()
    flags.DEFINE_enum("quantization", "int8", list(quantize.MODES), "Quantization of the .tflite.")
    flags.DEFINE_integer("image_size", 256, "Height and width of the .tflite's photos.")
    flags.DEFINE_float(
        "rebalancing",
        None,
        "Rebalancing of a classifier; by default as it was trained.",
        1e-3,
        1.0,
    )
    flags.DEFINE_float("temperature", None, "The preset's own, for a classifier.")
    flags.DEFINE_enum(
        "deciding", "lpips", list(FIGURES), "The figure that must be better than the old preset's."
    )
    flags.DEFINE_string("start", "random weights", "What the run started from.")
    flags.DEFINE_string("summary", "", "What the preset is good for, in a sentence.")


if __name__ == "__main__":
    program.run(main, define_flags)
