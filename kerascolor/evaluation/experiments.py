"""What the programs have in common that measure several ways to colorize on the same photos.

Each of them says how its ways differ; the photos, LPIPS and the table are read and written here.
"""

import pathlib
import sys

from absl import flags

from kerascolor import data, metrics
from kerascolor.evaluation import evaluate, pages

FLAGS = flags.FLAGS
# The flags that are defined here belong to the program that asks for them.
flags.disclaim_key_flags()


def photos():
    """Yields (name, centre square) of the photos that the flags choose."""
    folder = pathlib.Path(FLAGS.photos)
    paths = data.find_photos(folder, FLAGS.split)[:: FLAGS.every]
    return evaluate.read_photos(folder, paths, FLAGS.image_size)


def lpips():
    """`metrics.LPIPS` of --lpips_weights, or None without them."""
    return metrics.LPIPS(FLAGS.lpips_weights) if FLAGS.lpips_weights else None


def publish(section, measure):
    """Prints a table, and writes it into the section of --page.

    Args:
        section: The program's name, and that of the page's section.
        measure: Function that gives the Markdown lines. Its errors for the user end the program.
    """
    try:
        lines = measure()
        if FLAGS.page:
            pages.write_section(FLAGS.page, section, pages.command(FLAGS), lines)
    except (OSError, ValueError) as error:
        sys.exit(f"tools.studies.{section}: {error}")
    print(*lines, sep="\n")


def define_flags(section, needs_lpips=False):
    """Defines the flags of `photos`, `lpips` and `publish` for the calling program."""
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_enum("split", "val", ["train", "val", "all"], "Which of them.")
    flags.DEFINE_integer("every", 1, "Take each so manieth photo.", lower_bound=1)
    flags.DEFINE_integer("image_size", 256, "Height and width to measure at.", lower_bound=32)
    without = "" if needs_lpips else "; without it no LPIPS"
    flags.DEFINE_string(
        "lpips_weights", None, f"npz of LPIPS weights{without}.", required=needs_lpips
    )
    flags.DEFINE_string("page", None, f"Markdown page whose section {section} to rewrite.")
