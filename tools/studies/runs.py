"""What the studies that train models have in common: runs that are trained once, and curves."""

import pathlib

from kerascolor import history
from kerascolor.evaluation import pages
from kerascolor.train import TrainConfig, train

COLUMNS = 4  # Panels in a row of curves.


def train_run(folder, fields):
    """Trains a run, unless it is finished, and gives the path of its weights as text.

    Args:
        folder: That of the run.
        fields: The fields of `TrainConfig` but for the folder.
    """
    return str(train(TrainConfig(**fields, output=str(folder))))


def read_history(weights):
    """What the run of these weights logged, as `history.read_history` gives it."""
    return history.read_history(pathlib.Path(weights).parent / "history.csv")


def draw_losses(weights, path):
    """Draws each run's loss, of training and test, into a PNG; their units differ."""
    from matplotlib.figure import Figure

    rows = -(-len(weights) // COLUMNS)
    figure = Figure(figsize=(3.5 * COLUMNS, 2.8 * rows), layout="constrained")
    for index, one in enumerate(weights, 1):
        logged = read_history(one)
        axes = figure.add_subplot(rows, COLUMNS, index, xlabel="epoch", title=pages.run_name(one))
        for name, style, label in (("loss", "--", "training"), ("val_loss", "-", "test")):
            axes.plot(range(1, len(logged[name]) + 1), logged[name], style, label=label)
        axes.legend()
    history.save_figure(figure, path)
