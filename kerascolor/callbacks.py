"""What a training run shows and keeps while it goes on."""

import math
import pathlib
import time

import cv2
import numpy as np

from kerascolor import color, history, optional

optional.check(__name__, "train", "keras")

import keras


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
                    "learning_rate or clip_norm and start again"
                )


class EpochTime(keras.callbacks.Callback):
    """Logs how long each epoch took with its validation, as `seconds`."""

    def on_epoch_begin(self, epoch, logs=None):
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.perf_counter() - self._started


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
        history.draw_curves({"": history.read_history(self.history)}, self.path)


class PictureGrid(keras.callbacks.Callback):
    """Writes a picture of grey, result and original for a few photos after each epoch.

    Args:
        batch: (luminance, target) of the photos, as from `data.photos`; or a dictionary of inputs,
            of which luminance is one, and the target.
        folder: For epoch-001.png and so on.
    """

    def __init__(self, batch, folder):
        super().__init__()
        self.inputs, self.target = keras.tree.map_structure(np.asarray, tuple(batch))
        self.folder = pathlib.Path(folder)

    def on_epoch_end(self, epoch, logs=None):
        predicted = np.asarray(self.model.predict_on_batch(self.inputs))
        space = self.model.color_space
        seen = self.inputs["luminance"] if isinstance(self.inputs, dict) else self.inputs
        rows = []
        for luminance, result, original in zip(seen, predicted, self.target, strict=True):
            grey = np.rint(255 * np.repeat(luminance, 3, -1)).astype(np.uint8)
            colored = [color.target_to_pixels(luminance, t, space) for t in (result, original)]
            rows.append(np.hstack([grey, *colored]))
        self.folder.mkdir(parents=True, exist_ok=True)
        picture = cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(self.folder / f"epoch-{epoch + 1:03d}.png"), picture)
