"""Measures how close a model's photos come to their originals.

    python -m kerascolor.evaluation --model classifier --photos DIR

Instead of a model, a folder of results can be measured: its photos carry the names of the
originals.
"""

import json
import pathlib

from absl import flags

from kerascolor import data, program
from kerascolor.evaluation import categories, evaluate, pages, tables

FLAGS = flags.FLAGS


def main(_):
    output = pathlib.Path(FLAGS.output) if FLAGS.output else None
    if output and not output.parent.is_dir():
        raise ValueError(f"{output.parent}: no such folder for --output; make it")
    protocol = evaluate.Protocol(
        split=FLAGS.split,
        image_size=FLAGS.image_size,
        limit=FLAGS.limit,
        temperature=FLAGS.temperature,
        classifier=FLAGS.classifier,
    )
    found = evaluate.report(FLAGS.model, FLAGS.photos, protocol)
    if output:
        output.write_text(json.dumps(found, indent=1) + "\n")
    print("{model} on {count} photos of {photos} ({split})".format(**found))
    print(*tables.text(found["figures"]), sep="\n")
    if FLAGS.page:
        contents = data.read_manifest(FLAGS.photos, "content")
        lines = categories.table(found["photo_figures"], contents)
        pages.write_section(FLAGS.page, "categories", pages.command(FLAGS), lines)
        print("", *lines, sep="\n")


def define_flags():
    flags.DEFINE_string(
        "model",
        None,
        "Preset, .tflite, .weights.h5 or .keras file, or a folder of photos already colorized.",
        required=True,
    )
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_string(
        "split",
        None,
        "train, val, all or another of manifest.csv's; by default val with such a file, else all.",
    )
    flags.DEFINE_integer("image_size", 256, "Height and width to measure at.", lower_bound=32)
    flags.DEFINE_float(
        "temperature", None, "Temperature of a classifier; its own by default.", lower_bound=0.01
    )
    flags.DEFINE_integer(
        "limit", None, "Measure at most so many photos, evenly spaced.", lower_bound=1
    )
    flags.DEFINE_string(
        "classifier",
        None,
        "Classifier .tflite of photos, RGB (1, H, W, 3), a float one's as (rgb - 127) / 128: how "
        "often it answers as on the original.",
    )
    flags.DEFINE_string("output", None, "JSON file for all figures, each photo's included.")
    flags.DEFINE_string(
        "page",
        None,
        "Markdown page whose section categories to rewrite: a table by manifest's content.",
    )


if __name__ == "__main__":
    program.run(main, define_flags)
