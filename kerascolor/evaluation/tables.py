"""Tables of averaged figures."""

from kerascolor.evaluation import pages
from kerascolor.evaluation.evaluate import average
from kerascolor.figures import FIGURES


def text(averages):
    """Lines that set the averaged figures of "result" beside those of "grey"."""
    lines = [f"{'':24}{'result':>10}{'grey':>10}{'difference':>12}"]
    for name, figure in FIGURES.items():
        if name in averages["result"]:
            result, grey = averages["result"][name], averages["grey"][name]
            lines.append(
                f"{figure.heading:24}{figure.text(result):>10}{figure.text(grey):>10}"
                f"{result - grey:+12.{figure.decimals}f}"
            )
    return lines


def shared(averages):
    """Names of the figures that all of these averages, dicts, have."""
    return [name for name in FIGURES if all(name in figures for figures in averages)]


def headings(names):
    """What tables call the figures of these names."""
    return [FIGURES[name].heading for name in names]


def cells(figures, names):
    """The figures of these names as text."""
    return [FIGURES[name].text(figures[name]) for name in names]


def markdown(photo_figures, head, names=None):
    """Lines of a table with a row for each way to colorize.

    Args:
        photo_figures: What `evaluate.evaluate` returns.
        head: The first column's heading.
        names: The figures to show, by default all that were measured.
    """
    averages = {label: average(of_photo.values()) for label, of_photo in photo_figures.items()}
    names = names or shared(averages.values())
    rows = [[head, *headings(names)]]
    rows += [[label, *cells(figures, names)] for label, figures in averages.items()]
    return pages.markdown_table(rows)
