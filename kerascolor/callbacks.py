"""What a training run shows and keeps while it goes on."""

import csv
import math
import pathlib

import cv2
import keras
import numpy as np

from kerascolor import atomic, color


class StopAtNaN(keras.callbacks.Callback):
    """Ends training by an error before a loss that is no number reaches a checkpoint.

    Raises:
        FloatingPointError: As soon as a logged figure is NaN or infinite.
    """

    def on_train_batch_end(self, batch, logs=None):
        self._check(f"batch {batch}", logs)

    def on_epoch_end(self, epoch, logs=None):
        # The last batch can spoil the weights by a loss that is still a number.
        self._check(f"the end of epoch {epoch + 1}", logs)

    def _check(self, place, logs):
        for name, value in (logs or {}).items():
            if not math.isfinite(value):
                print()  # The progress bar leaves its line open.
                raise FloatingPointError(
                    f"the {name} became {value} at {place}: nothing was overwritten; lower "
                    "--learning_rate or --clip_norm and start again"
                )


class Curves(keras.callbacks.Callback):
    """Draws training's and validation's figures over the epochs of a history.csv.

    Args:
        history: CSV file that `keras.callbacks.CSVLogger` writes.
        path: PNG file.
    """

    def __init__(self, history, path):
        super().__init__()
        self.history = pathlib.Path(history)
        self.path = pathlib.Path(path)

    def on_epoch_end(self, epoch, logs=None):
        draw_curves({"": read_history(self.history)}, self.path)


def read_history(path):
    """Columns of a history.csv, as lists of floats by name.

    An epoch that was done again after an interruption counts once, as it was the last time.
    """
    with open(path, newline="") as file:
        rows = list({row["epoch"]: row for row in csv.DictReader(file)}.values())
    return {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else ())}


def count_epochs(path):
    """How many epochs a history.csv tells of; 0 if there is none."""
    if not pathlib.Path(path).exists():
        return 0
    return len(read_history(path).get("epoch", ()))


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


class PictureGrid(keras.callbacks.Callback):
    """Writes a picture of grey, result and original for a few photos after each epoch.

    Args:
        batch: (luminance, target) of the photos, as from `data.photos`.
        folder: For epoch-001.png and so on.
    """

    def __init__(self, batch, folder):
        super().__init__()
        self.luminance, self.target = (np.asarray(tensor) for tensor in batch)
        self.folder = pathlib.Path(folder)

    def on_epoch_end(self, epoch, logs=None):
        predicted = np.asarray(self.model.predict_on_batch(self.luminance))
        color_space = self.model.color_space
        rows = []
        for luminance, result, original in zip(self.luminance, predicted, self.target, strict=True):
            grey = np.repeat(luminance, 3, -1)
            colored = [to_rgb(luminance, t, color_space) for t in (result, original)]
            rows.append(np.hstack([grey, *colored]))
        self.folder.mkdir(parents=True, exist_ok=True)
        write_picture(np.vstack(rows), self.folder / f"epoch-{epoch + 1:03d}.png")


def to_rgb(luminance, target, color_space):
    """RGB (H, W, 3) of luminance (H, W, 1) and a target; RGB targets keep only their chroma."""
    if color_space == "rgb":
        _, target = color.rgb_to_luminance_chroma(target, "rgb")
    return color.luminance_chroma_to_rgb(luminance, target.astype(np.float32), color_space)


def to_pixels(luminance, target, color_space):
    """What `to_rgb` gives, as uint8."""
    return np.rint(255.0 * to_rgb(luminance, target, color_space)).astype(np.uint8)


def write_picture(rgb, path):
    """Writes RGB (H, W, 3) in [0, 1] as PNG."""
    pixels = np.round(rgb * 255).astype(np.uint8)
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
