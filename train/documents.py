"""Figures written into Markdown pages by the programs that measured them."""

import os
import pathlib
import re


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
        f"{re.escape(start)}.*?{re.escape(end)}", lambda _: section, path.read_text(), flags=re.S
    )
    if count != 1:
        raise ValueError(f"{path} has {count} sections between {start} and {end}: it needs one")
    aside = path.with_name(f".{path.name}")
    aside.write_text(text)
    os.replace(aside, path)


def markdown_table(rows):
    """Lines of a table from rows of cells, the first row being its head; figures to the right."""
    head, *body = rows
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return ["| " + " | ".join(map(str, row)) + " |" for row in (head, ruler, *body)]
