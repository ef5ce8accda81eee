"""Compares models on the same photos: one table, and pictures side by side.

    python -m tools.studies.compare --models classifier,unet,run/model.weights.h5 --photos DIR \\
        --pictures examples/photos/color --output comparison

What models that sample can draw is measured by `tools.studies.draws`.
"""

import json
import pathlib

import keras
from absl import flags

from kerascolor import data, history, models, program, squares
from kerascolor.evaluation import colorizers, evaluate, experiments, pages
from kerascolor.figures import FIGURES, LOWER, Figure
from kerascolor.train import trainer
from tools import sheet

FLAGS = flags.FLAGS

# The figures of a model, and those of `figures.FIGURES`.
COLUMNS = {
    "parameters": Figure("parameters", "M", 2, LOWER),
    "megabytes": Figure("file", "MB", 1, LOWER),
    **FIGURES,
}


def compare(loaded, photos, image_size):
    """Figures of each model, and of the grey photos, by name.

    Args:
        loaded: Models by name: of presets, .weights.h5 or .keras files.
        photos: List of (name, original), RGB (image_size, image_size, 3) uint8.
        image_size: Height and width of the photos.
    """
    ways = {name: colorizers.of_model(model, image_size) for name, model in loaded.items()}
    figures = evaluate.evaluate(photos, ways)
    table = {label: evaluate.average(photo.values()) for label, photo in figures.items()}
    for name, model in loaded.items():
        # Only what colorizes counts: neither a discriminator nor a posterior.
        colorizing = keras.Model(model.inputs, model.outputs)
        table[name]["parameters"] = colorizing.count_params() / 1e6
        table[name]["megabytes"] = models.file_of(name).stat().st_size / 1e6
    return table


def table_rows(table):
    """The comparison as rows of cells, the head first."""
    columns = {
        key: figure
        for key, figure in COLUMNS.items()
        if any(key in figures for figures in table.values())
    }
    rows = [["model", *(figure.heading for figure in columns.values())]]
    for label, figures in table.items():
        cells = [f.text(figures[key]) if key in figures else "" for key, f in columns.items()]
        rows.append([pages.run_name(label), *cells])
    return rows


def write_pictures(loaded, folder, image_size, output, name="comparison"):
    """Writes NAME_1.jpg and NAME_2.jpg, a row for each photo: grey, each model, original.

    One picture of all photos would be too long for a page.
    """
    ways = [colorizers.of_model(model, image_size) for model in loaded.values()]
    photos = squares.read_all(pathlib.Path(folder), data.find_photos(folder), image_size)
    strips = [sheet.strip(photo, original, ways) for photo, original in photos]
    labels = ["grey", *map(pages.run_name, loaded), "original"]
    half = -(-len(strips) // 2)
    for number, part in enumerate((strips[:half], strips[half:]), 1):
        if part:
            sheet.write(sheet.labelled(labels, part), output / f"{name}_{number}.jpg")


def curves(runs, path):
    """Draws training's and validation's figures of runs side by side."""
    histories = {
        pathlib.Path(run).name: history.read_history(pathlib.Path(run) / trainer.HISTORY)
        for run in runs
    }
    history.draw_curves(histories, path)


def main(_):
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    loaded = {name: models.load(name) for name in FLAGS.models}
    table = compare(loaded, list(experiments.photos()), FLAGS.image_size)
    (output / "comparison.json").write_text(json.dumps(table, indent=1) + "\n")
    if FLAGS.pictures:
        write_pictures(loaded, FLAGS.pictures, FLAGS.image_size, output)
    if FLAGS.runs:
        curves(FLAGS.runs, output / "curves.png")
    experiments.publish(pages.markdown_table(table_rows(table)))


def define_flags():
    flags.DEFINE_list("models", None, "Presets, .weights.h5 or .keras files.", required=True)
    flags.DEFINE_list("runs", [], "Folders of runs whose curves to draw side by side.")
    flags.DEFINE_string("pictures", None, "Folder of photos for the picture sheet.")
    flags.DEFINE_string("output", None, "Folder for comparison.json and pictures.", required=True)
    experiments.define_flags("comparison")


if __name__ == "__main__":
    program.run(main, define_flags)
