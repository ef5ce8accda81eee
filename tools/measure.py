"""Measures the shipped presets, and writes their figures into the table and the documents.

    python -m tools.measure --measured outside=DIR2,val=DIR
    python -m tools.measure --measured outside=DIR2,val=DIR --presets unet,vae

Writes kerascolor/weights/presets.json, and the tables of README.md, with the first split, and of
docs/model-card.md, with all; run it in the repository's root.
"""

import pathlib

from absl import flags

from kerascolor import data, presets, program, squares
from kerascolor.evaluation import colorizers, evaluate, pages, tables

FLAGS = flags.FLAGS
IMAGE_SIZE = 256


def measure(ways, measured, image_size=IMAGE_SIZE):
    """Averaged figures of ways to colorize, and of grey, on splits of photos.

    Args:
        ways: As `evaluate.evaluate` takes them.
        measured: Folder by the name of the split of it that is measured.
        image_size: Height and width to measure at.

    Returns:
        Figures by the way's name, then by the split's.
    """
    found = {}
    for split, folder in measured.items():
        folder = pathlib.Path(folder)
        photos = squares.read_all(folder, data.find_photos(folder, split), image_size)
        for label, of_photo in evaluate.evaluate(photos, ways).items():
            figures = evaluate.average(of_photo.values())
            rounded = {name: round(value, 4) for name, value in figures.items()}
            found.setdefault(label, {})[split] = rounded
    return found


def write_documents(folder=presets.FOLDER):
    """Writes the tables of presets into README.md and docs/model-card.md."""
    table = presets.read(folder)
    command = f"python -m {program.name()}"
    card = "docs/model-card.md"
    first, *others = next(iter(table.values())).metrics
    pages.write_section("README.md", "results", command, _rows(table, first))
    pages.write_section(card, "results", command, _rows(table, first))
    for split in others:
        pages.write_section(card, f"results on {split}", command, _rows(table, split))
    trained = [["preset", "trained"], *([f"`{n}`", p.training] for n, p in table.items())]
    pages.write_section(card, "training", command, pages.markdown_table(trained))


def _rows(table, split):
    """Lines of the table of all presets on a split."""
    grey = next(iter(table.values())).grey[split]
    names = tables.shared([preset.metrics[split] for preset in table.values()])
    rows = [["preset", ".tflite (MB)", *tables.headings(names)]]
    rows.append(["the grey photo itself", "", *tables.cells(grey, names)])
    for name, preset in table.items():
        size = preset.files["tflite"].size / 1e6
        cells = tables.cells(preset.metrics[split], names)
        rows.append([f"`{name}` ({preset.model})", f"{size:.1f}", *cells])
    return pages.markdown_table(rows)


def folders(measured):
    """Folder by split of the values of --measured.

    Raises:
        ValueError: A value is not SPLIT=FOLDER.
    """
    found = {}
    for value in measured:
        split, _, folder = value.partition("=")
        if not split or not folder:
            raise ValueError(f"--measured {value}: give SPLIT=FOLDER, such as val=photos")
        found[split] = folder
    return found


def define_measured():
    """Defines --measured."""
    flags.DEFINE_list(
        "measured",
        None,
        "SPLIT=FOLDER of the photos to measure on; the split to go by comes first.",
        required=True,
    )


def main(_):
    names = FLAGS.presets or sorted(presets.read())
    ways = {name: colorizers.of_preset(name) for name in names}
    figures = measure(ways, folders(FLAGS.measured))
    for name in names:
        facts = vars(presets.find(name)) | {"metrics": figures[name], "grey": figures["grey"]}
        presets.write(**facts | {"files": {k: presets.path(name, k) for k in facts["files"]}})
    write_documents()


def define_flags():
    define_measured()
    flags.DEFINE_list("presets", [], "Presets to measure, by default all.")


if __name__ == "__main__":
    program.run(main, define_flags)
