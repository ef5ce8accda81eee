"""The model family: one file a model, and the table that the programs and the tests go by.

Every class is imported here, so that Keras finds it in a file. Those whose training steps need
TensorFlow are left out where Keras runs on another backend, and say so when they are asked for.
"""

import keras

from kerascolor.models.autoencoder import Autoencoder
from kerascolor.models.classifier import BinClassifier
from kerascolor.models.saving import file_of, load, save_weights
from kerascolor.models.unet import UNet

__all__ = ["MODELS", "Autoencoder", "BinClassifier", "UNet", "file_of", "load", "save_weights"]

# The class of each model, by the name that --model takes.
MODELS = {"autoencoder": Autoencoder, "unet": UNet, "classifier": BinClassifier}

_NEED_TENSORFLOW = ("ConditionalVAE", "Pix2Pix", "VAE")

if keras.backend.backend() == "tensorflow":
    from kerascolor.models.conditional_vae import ConditionalVAE
    from kerascolor.models.pix2pix import Pix2Pix
    from kerascolor.models.vae import VAE

    __all__ += _NEED_TENSORFLOW
    MODELS |= {"vae": VAE, "conditional_vae": ConditionalVAE, "pix2pix": Pix2Pix}


def __getattr__(name):
    if name in _NEED_TENSORFLOW:
        backend = keras.backend.backend()
        raise ImportError(
            f"{name} needs Keras on TensorFlow, not on {backend}: set KERAS_BACKEND=tensorflow"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
