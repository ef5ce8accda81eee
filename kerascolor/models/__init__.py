"""The model family: one file a model, and the table that the programs and the tests go by.

Every class is imported here, so that Keras finds it in a file. Those whose training steps need
TensorFlow are left out where Keras runs on another backend, and say so when they are asked for.
"""

import importlib

from kerascolor import optional

optional.check(__name__, "train", "h5py", "keras")

import keras

from kerascolor.models.saving import file_of, load, save_weights

# The models by the name that --model takes, which is that of their file here, with their class.
_ON_ANY_BACKEND = {
    "autoencoder": "Autoencoder",
    "unet": "UNet",
    "classifier": "BinClassifier",
    "hinted_classifier": "HintedClassifier",
}
_ON_TENSORFLOW = {
    "vae": "VAE",
    "conditional_vae": "ConditionalVAE",
    "infrared_vae": "InfraredVAE",
    "pix2pix": "Pix2Pix",
    "vae_gan": "VAEGAN",
}


def _classes():
    names = _ON_ANY_BACKEND
    if keras.backend.backend() == "tensorflow":
        names = names | _ON_TENSORFLOW
    for name, class_name in names.items():
        yield name, getattr(importlib.import_module(f"kerascolor.models.{name}"), class_name)


# The class of each model that this backend has.
MODELS = dict(_classes())
globals().update({model.__name__: model for model in MODELS.values()})

__all__ = ["MODELS", "file_of", "load", "save_weights"]
__all__ += [model.__name__ for model in MODELS.values()]


def __getattr__(name):
    if name in _ON_TENSORFLOW.values():
        backend = keras.backend.backend()
        raise ImportError(
            f"{name} needs Keras on TensorFlow, not on {backend}: set KERAS_BACKEND=tensorflow"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
