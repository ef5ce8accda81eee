"""Training of the models, from Python or by `python -m kerascolor.train`.

    from kerascolor.train import TrainConfig, train
    train(TrainConfig(photos="photos", output="run", model="unet", weights="unet"))

The names are loaded when they are first used, so that the program can say what is missing, and
quieten TensorFlow, before it is imported.
"""

import importlib

from kerascolor import optional

optional.check(__name__, "train", "tensorflow_io", "tensorflow_probability", "skimage")

__all__ = ["ConfigError", "TrainConfig", "train"]


def __getattr__(name):
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.trainer"), name)


def __dir__():
    return sorted([*globals(), *__all__])
