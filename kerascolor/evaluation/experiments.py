"""What the programs have in common that measure several ways to colorize on the same photos.

Each of them says how its ways differ; the photos are read and the table is written here.
"""

import pathlib

from absl import flags

from kerascolor import data, squares
from kerascolor.evaluation import pages

FLAGS = flags.FLAGS
# The flags that are defined here belong to the program that asks for them.
flags.disclaim_key_flags()


def photos():
    """Yields (name, centre square) of the photos that the flags choose."""
    folder = pathlib.Path(FLAGS.photos)
    paths = data.spread(data.find_photos(folder, FLAGS.split), FLAGS.limit)
    return squares.read_all(folder, paths, FLAGS.image_size)


def publish(lines):
    """Prints a table's Markdown lines, and writes them into --section of --page."""
    if FLAGS.page:
        pages.write_section(FLAGS.page, FLAGS.section, pages.command(FLAGS), lines)
    print(*lines, sep="\n")


def define_flags(section, image_size=256):
    """Defines the flags of `photos` and `publish` for the calling program.

    Args:
        section: The section of a page that the program writes by default.
        image_size: The default of --image_size.
    """
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_string("split", "val", "Which of them.")
    flags.DEFINE_integer("limit", None, "At most so many, evenly spaced.", lower_bound=1)
    flags.DEFINE_integer(
        "image_size", image_size, "Height and width to measure at.", lower_bound=32
    )
    define_page_flags(section)


def define_page_flags(section):
    """Defines the flags of `publish` for the calling program."""
    flags.DEFINE_string("page", None, "Markdown page to write the table into.")
    flags.DEFINE_string("section", section, "Section of the page that is rewritten.")
