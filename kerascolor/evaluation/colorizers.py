"""The ways to colorize that are measured: functions from a photo's name and its grey levels to RGB.

Grey levels are (H, W) uint8, results (H, W, 3) uint8.
"""

import os
import pathlib

import cv2
import numpy as np

from kerascolor import color, data, models, squares
from kerascolor.runtime.colorizer import load


def of_folder(folder, names, image_size):
    """A colorizer that reads the results in `folder`.

    Args:
        names: The originals' names. A result has the same one, perhaps with another extension.

    Raises:
        ValueError: A photo has no result.
    """
    found = {path.relative_to(folder).as_posix(): path for path in data.find_photos(folder)}
    by_stem = {os.path.splitext(name)[0]: path for name, path in found.items()}
    results = {name: found.get(name) or by_stem.get(os.path.splitext(name)[0]) for name in names}
    missing = [name for name, path in results.items() if path is None]
    if missing:
        raise ValueError(
            f"{folder} lacks {len(missing)} of {len(names)} results, such as that of "
            f"{missing[0]}: colorize them, or measure another split"
        )

    def colorize(name, _):
        result = squares.read(results[name], image_size)
        if result is None:
            raise ValueError(f"{results[name]} can't be decoded: colorize {name} again")
        return result

    return colorize


def grey_luminance(grey, color_space):
    """Luminance (H, W, 1) of grey levels (H, W) uint8."""
    rgb = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB) / np.float32(255)
    return color.rgb_to_luminance_chroma(rgb, color_space)[0]


def of_file(path, image_size, temperature=None):
    """A colorizer that runs the Keras model in a .weights.h5 or .keras file.

    Raises:
        ValueError: The file is damaged, or the model takes no such size or no temperature.
    """
    model = models.load(path)
    if temperature is not None:
        if not model.takes_temperature:
            raise ValueError(f"{path} is a {type(model).__name__}: it takes no temperature")
        cooled = type(model).from_config({**model.get_config(), "temperature": temperature})
        cooled.set_weights(model.get_weights())
        model = cooled
    return of_model(model, image_size)


def of_model(model, image_size):
    """A colorizer that runs a Keras model.

    Raises:
        ValueError: The model takes no such size.
    """
    model.check_luminance(np.zeros((1, image_size, image_size, 1)))

    def colorize(_, grey):
        luminance = grey_luminance(grey, model.color_space)
        target = np.asarray(model.predict_on_batch(luminance[None])[0])
        return color.target_to_pixels(luminance, target, model.color_space)

    return colorize


def of_preset(name, temperature=None):
    """A colorizer that runs a preset or a .tflite file, as `kerascolor colorize` does."""
    colorizer = load(name)
    return lambda _, grey: colorizer(grey, temperature=temperature)


def choose(model, names, image_size, temperature=None):
    """The colorizer of a preset, a model file or a folder of results, for photos of these names."""
    path = pathlib.Path(model)
    if path.is_dir():
        if temperature is not None:
            raise ValueError(f"{path} is a folder of results: it takes no temperature")
        return of_folder(path, names, image_size)
    if path.name.endswith((".weights.h5", ".keras")):
        return of_file(path, image_size, temperature)
    return of_preset(model, temperature)
