"""The model family: one file a model, and the table that the programs and the tests go by."""

from kerascolor.models.autoencoder import Autoencoder
from kerascolor.models.classifier import BinClassifier
from kerascolor.models.files import file_of, load, save_weights
from kerascolor.models.pix2pix import Pix2Pix
from kerascolor.models.unet import UNet
from kerascolor.models.vae import VAE

MODELS = {
    "autoencoder": Autoencoder,
    "vae": VAE,
    "unet": UNet,
    "pix2pix": Pix2Pix,
    "classifier": BinClassifier,
}

__all__ = [
    "MODELS",
    "Autoencoder",
    "BinClassifier",
    "Pix2Pix",
    "UNet",
    "VAE",
    "file_of",
    "load",
    "save_weights",
]
