"""Models to files and back: presets, runs, .keras files and self-describing .weights.h5 files."""

import json
import os
import pathlib
import zipfile

import h5py
import keras
import numpy as np

from kerascolor import presets

# Attribute of a weights file's root: {"class_name", "config"}, from which the model is built.
ARCHITECTURE = "kerascolor"
OPTIMIZERS = ("optimizer", "discriminator_optimizer")


def save_weights(model, path, half=False):
    """Writes a .weights.h5 file that `load` can read by itself.

    Args:
        model: A model of this package.
        path: Ends in .weights.h5; written aside, then renamed.
        half: Keep kernels in float16, half the size; vectors stay in float32.
    """
    path = pathlib.Path(path)
    aside = path.with_name(f".part-{path.name}")
    model.save_weights(aside)
    try:
        _repack(
            aside, path, half, {"class_name": type(model).__name__, "config": model.get_config()}
        )
    finally:
        aside.unlink()


def _repack(source, path, half, architecture):
    """Copies an HDF5 file without the optimizer's state, describing itself."""
    packed = path.with_name(f".packed-{path.name}")
    with h5py.File(source) as old, h5py.File(packed, "w") as new:
        new.attrs[ARCHITECTURE] = json.dumps(architecture)

        def copy(name, item):
            if name.split("/")[0] in OPTIMIZERS:
                return
            if isinstance(item, h5py.Group):
                new.require_group(name).attrs.update(item.attrs)
                return
            values = item[()]
            if half and values.ndim >= 2:
                values = values.astype(np.float16)
            new.create_dataset(name, data=values)

        old.visititems(copy)
    os.replace(packed, path)


def load(name, **overrides):
    """The model of a preset or of a .weights.h5 or .keras file of this package.

    Args:
        name: Preset, or path of a file.
        **overrides: Constructor's arguments that differ from those a .weights.h5 file was written
            with, as long as its weights still fit.

    Raises:
        ValueError: The preset is unknown, or the file is of another kind, damaged or not of this
            package.
        FileNotFoundError: There is no such file.
    """
    path = file_of(name)
    if path.suffix == ".keras":
        return _guarded(path, lambda: keras.saving.load_model(path))
    if not path.name.endswith(".weights.h5"):
        raise ValueError(f"{path}: give a preset, a .weights.h5 or a .keras file")
    return _guarded(path, lambda: _load_weights_file(path, overrides))


def file_of(name):
    """Path of the weights of a preset, or of the file itself that `name` names.

    Raises:
        presets.PresetError, FileNotFoundError: There is no such preset or file.
    """
    path = pathlib.Path(name)
    if not path.suffix:
        path = presets.path(str(name), "weights")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    return path


def _guarded(path, load_model):
    try:
        return load_model()
    except (OSError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged or not a kerascolor model: {error}") from error


def _load_weights_file(path, overrides):
    architecture = read_architecture(path)
    architecture["config"] |= overrides
    model = build(architecture)
    model.load_weights(path)
    return model


def read_architecture(path):
    """The class name and constructor's arguments in a weights file that `save_weights` wrote."""
    with h5py.File(path) as file:
        return json.loads(file.attrs[ARCHITECTURE])


def build(architecture):
    """A model with new weights from {"class_name", "config"}."""
    from kerascolor.models import MODELS

    classes = {model.__name__: model for model in MODELS.values()}
    return classes[architecture["class_name"]](**architecture["config"])
