"""Figures written into Markdown pages by the programs that measured them."""

import pathlib
import re
import sys

from kerascolor import atomic, program


def write_section(path, name, command, lines):
    """Replaces the section `name` of a page: what stands between its two comments.

        <!-- NAME -->
        ...
        <!-- end of NAME -->

    Args:
        path: Markdown file that has both comments.
        command: What the figures were made with; stands above them.
        lines: Markdown lines.

    Raises:
        ValueError: The page has no such section.
    """
    path = pathlib.Path(path)
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = "\n".join([start, "", f"Written by `{command}`:", "", *lines, "", end])
    text, count = re.subn(
        f"{re.escape(start)}.*?{re.escape(end)}",
        lambda _: section,
        path.read_text("utf-8"),
        flags=re.S,
    )
    if count != 1:
        raise ValueError(f"{path} has {count} sections between {start} and {end}: it needs one")
    with atomic.replacing(path) as file:
        file.write(text.encode())


def command(flag_values):
    """The command line of the running program, with folders and weights of others by name alone.

    Args:
        flag_values: absl's FLAGS.
    """
    given = [flag for flag in flag_values.get_key_flags_for_module(sys.argv[0]) if flag.present]
    values = []
    for flag in given:
        value = flag.value if isinstance(flag.value, list) else [flag.value]
        values.append(f"--{flag.name} " + ",".join(run_name(str(v)) for v in value))
    return f"python -m {program.name()} " + " ".join(sorted(values))


def run_name(model):
    """What a table calls a model: a preset's name, or that of the folder of a run's weights."""
    path = pathlib.PurePath(model)
    return path.parent.name if path.name == "model.weights.h5" else path.name


def markdown_table(rows):
    """Lines of a table from rows of cells, the first row being its head; figures to the right."""
    head, *body = rows
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return ["| " + " | ".join(map(str, row)) + " |" for row in (head, ruler, *body)]
