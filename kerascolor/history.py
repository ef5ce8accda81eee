"""What a run logged, epoch by epoch: the columns of its history.csv, and curves of them."""

import csv
import io
import pathlib

from kerascolor import atomic


def read_history(path):
    """Columns of a history.csv, as lists of floats by name.

    An epoch that was done again after an interruption counts once, as it was the last time.
    """
    with open(path, newline="") as file:
        rows = list({row["epoch"]: row for row in csv.DictReader(file)}.values())
    return {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else ())}


def count_epochs(path):
    """How many epochs a history.csv has; 0 if there is none."""
    if not pathlib.Path(path).exists():
        return 0
    with open(path, newline="") as file:
        return len({row["epoch"] for row in csv.DictReader(file)})


def cut(path, epochs):
    """Leaves a history.csv, where there is one, with its first `epochs` epochs, each once."""
    path = pathlib.Path(path)
    if not path.exists():
        return
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        rows = {int(row["epoch"]): row for row in reader}
    text = io.StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, reader.fieldnames)
        writer.writeheader()
        writer.writerows(row for epoch, row in rows.items() if epoch < epochs)
    with atomic.replacing(path) as file:
        file.write(text.getvalue().encode())


def draw_curves(histories, path):
    """Draws every figure that has a validation twin, one panel each, into a PNG.

    Args:
        histories: Columns by name, by the label of their run.
        path: PNG file, written whole.
    """
    from matplotlib.figure import Figure

    names = [
        n
        for n in next(iter(histories.values()))
        if all(f"val_{n}" in h for h in histories.values())
    ]
    figure = Figure(figsize=(5 * max(len(names), 1), 4), layout="constrained")
    for index, name in enumerate(names, 1):
        axes = figure.add_subplot(1, len(names), index, xlabel="epoch", title=name)
        for label, history in histories.items():
            epochs = range(1, len(history[name]) + 1)
            (line,) = axes.plot(epochs, history[name], "--", label=f"{label} training".strip())
            same = line.get_color()
            axes.plot(epochs, history[f"val_{name}"], color=same, label=f"{label} test".strip())
        axes.legend()
    save_figure(figure, path)


def save_figure(figure, path):
    """Writes a Matplotlib figure as PNG, whole or not at all."""
    with atomic.replacing(path) as file:
        figure.savefig(file, format="png")
