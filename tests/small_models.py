"""Models small enough to train in seconds, and photos to train them on."""

import numpy as np

from kerascolor import efficientnet_lite

# An encoder with one block a stage and a quarter of the width: TensorFlow traces it in a third of
# the time of the smallest real one.
ENCODER = "efficientnet_tiny"
efficientnet_lite.VARIANTS[ENCODER] = (0.25, 0.1)

SMALL = {"encoder": ENCODER, "widths": (16, 16, 16, 16)}
# Name in the table of models and constructor arguments of models small enough to train in seconds:
# at least one for each model.
SMALL_MODELS = {
    "autoencoder": ("autoencoder", {"widths": (8, 8, 8, 8)}),
    "autoencoder, cross-entropy in lab": (
        "autoencoder",
        {"widths": (8, 8), "color_space": "lab", "loss": "crossentropy"},
    ),
    "vae": ("vae", {"latent_size": 8}),
    "conditional vae": (
        "conditional_vae",
        {**SMALL, "latent_size": 8, "freeze_encoder": True},
    ),
    "conditional vae with a grid": (
        "conditional_vae",
        {**SMALL, "latent_size": 4, "latent": "grid", "freeze_encoder": True},
    ),
    "vae_gan": (
        "vae_gan",
        {**SMALL, "latent_size": 4, "discriminator_width": 4, "freeze_encoder": True},
    ),
    "infrared vae": (
        "infrared_vae",
        {"encoder": ENCODER, "widths": (16,) * 5, "latent_size": 4, "freeze_encoder": True},
    ),
    "unet": ("unet", SMALL),
    "classic unet from infrared": (
        "unet",
        {"encoder": None, "widths": (8, 16, 16), "color_space": "visible"},
    ),
    "classic unet in yuv": (
        "unet",
        {"encoder": None, "widths": (8, 16, 16), "color_space": "yuv", "loss": "huber"},
    ),
    "pix2pix": (
        "pix2pix",
        {**SMALL, "discriminator_width": 4, "freeze_encoder": True},
    ),
    "classifier": (
        "classifier",
        {**SMALL, "freeze_encoder": True},
    ),
    "hinted classifier": ("hinted_classifier", {**SMALL, "hint_widths": (16,) * 4}),
}


def two_colors(channels):
    """Four photos, the bright ones of one colour and the dark ones of another."""
    generator = np.random.default_rng(0)
    bright = np.array([0.2, 0.8, 0.2, 0.8], np.float32).reshape(4, 1, 1, 1)
    luminance = bright + generator.uniform(-0.1, 0.1, (4, 64, 64, 1)).astype(np.float32)
    colors = np.linspace(0.1, 0.4, 2 * channels, dtype=np.float32).reshape(2, channels)
    target = np.where(bright > 0.5, colors[0], colors[1]) * np.ones_like(luminance)
    return luminance, target.astype(np.float32)
