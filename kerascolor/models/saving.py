"""Models to files and back: presets, runs, .keras files and self-describing .weights.h5 files."""

import json
import os
import pathlib
import zipfile

import h5py
import keras
import numpy as np

from kerascolor import models, presets

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
    whole, packed = (path.with_name(f".{kind}-{path.name}") for kind in ("whole", "packed"))
    try:
        model.save_weights(whole)
        _repack(whole, packed, half)
        os.replace(packed, path)
    finally:
        whole.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)


def describe(model, path):
    """Writes into an HDF5 file of a model's weights how `load` builds the model."""
    architecture = {"class_name": type(model).__name__, "config": model.get_config()}
    with h5py.File(path, "r+") as file:
        file.attrs[ARCHITECTURE] = json.dumps(architecture)


def _repack(source, packed, half):
    """Copies an HDF5 file without the optimizers' state."""
    with h5py.File(source) as old, h5py.File(packed, "w") as new:
        new.attrs[ARCHITECTURE] = old.attrs[ARCHITECTURE]

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
        return _guarded(path, lambda: _load_keras_file(path))
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


def _load_keras_file(path):
    model = keras.saving.load_model(path)
    if type(model) not in models.MODELS.values():
        raise ValueError(f"{path} holds a {type(model).__name__}, which is no kerascolor model")
    return model


def _load_weights_file(path, overrides):
    architecture = read_architecture(path)
    unknown = set(overrides) - set(architecture["config"])
    if unknown:
        raise ValueError(f"{path} is a {architecture['class_name']}: it has no {min(unknown)}")
    architecture["config"] |= overrides
    model = build(architecture)
    model.load_weights(path)
    return model


def read_architecture(path):
    """The class name and constructor's arguments in a weights file that `save_weights` wrote."""
    with h5py.File(path) as file:
        return _translated(json.loads(file.attrs[ARCHITECTURE]))


def build(architecture):
    """A model with new weights from {"class_name", "config"}, also as version 0.1 wrote it."""
    architecture = _translated(architecture)
    return getattr(models, architecture["class_name"])(**architecture["config"])


def _translated(architecture):
    """An architecture of version 0.1, in which `VAE` was two models, in today's words."""
    config = dict(architecture["config"])
    if architecture["class_name"] != "VAE" or "conditional" not in config:
        return {**architecture, "config": config}
    conditional = config.pop("conditional")
    for name in ("image_size",) if conditional else ("encoder", "widths", "freeze_encoder"):
        config.pop(name, None)
    return {"class_name": "ConditionalVAE" if conditional else "VAE", "config": config}
