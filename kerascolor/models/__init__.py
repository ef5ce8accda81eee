"""The model family: one file a model, and the table that the programs and the tests go by.

Each class is loaded when it is first used (PEP 562): those that train without TensorFlow, on
another Keras backend, can then be had without it.
"""

import importlib

# The class of each model, by the name that --model takes.
CLASSES = {
    "autoencoder": "Autoencoder",
    "vae": "VAE",
    "unet": "UNet",
    "pix2pix": "Pix2Pix",
    "classifier": "BinClassifier",
}
_HOMES = {
    **{class_name: name for name, class_name in CLASSES.items()},
    "file_of": "saving",
    "load": "saving",
    "save_weights": "saving",
}

__all__ = ["CLASSES", "MODELS", *_HOMES]


def __getattr__(name):
    if name == "MODELS":
        return {model: __getattr__(class_name) for model, class_name in CLASSES.items()}
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
