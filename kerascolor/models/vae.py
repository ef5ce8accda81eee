"""The plain variational autoencoder, on TensorFlow Probability."""

import keras
from keras import layers

from kerascolor.layers import mirrored_decoder, sigmoid_target, strided_encoder
from kerascolor.models.base import TargetSpec
from kerascolor.models.variational import (
    LOGGED,
    VariationalModel,
    gaussian_head,
    normal,
    tfd,
)

WIDTHS = (32, 64, 128, 256)
STRIDES = (1, 2, 2, 2)
SIZE_MULTIPLE = 8


@keras.saving.register_keras_serializable("kerascolor")
class VAE(VariationalModel):
    """Squeezes the grey photo into a latent vector, and paints the photo from that alone.

    The posterior is q(z given grey) and the prior a standard normal. The encoder's convolutions of
    3x3 have 32, 64, 128 and 256 channels, strides 1, 2, 2, 2 and ReLU; the decoder is the same in
    reverse.

    Args:
        latent_size: Dimensions of z.
        color_space: "rgb" (the baseline's), "yuv" or "lab".
        kl_weight: Weight of the KL divergence, in nats; the mean squared error has weight 1.
        free_nats: KL divergence that each dimension may have at no cost.
        annealing_steps: Steps over which the KL divergence's weight rises from 0.
        image_size: Height and width, a multiple of 8; the model takes no other.

    Input: luminance (N, image_size, image_size, 1) in [0, 1].
    Output: RGB (N, H, W, 3) in [0, 1], or chroma (N, H, W, 2) in [-1, 1], of the most likely z.

    Raises:
        ValueError: An unknown colour space, or a size that is not a multiple of 8.

    Example:
        >>> model = VAE(image_size=32)
        >>> model.compile("adam")
        >>> photos = kerascolor.data.photos("photos", 32, 64, "rgb", training=True)
        >>> model.fit(photos, epochs=30)

    Reference:
        Kingma and Welling, "Auto-Encoding Variational Bayes", 2013.
    """

    def __init__(
        self,
        latent_size=100,
        color_space="rgb",
        kl_weight=2e-4,
        free_nats=0.0,
        annealing_steps=1000,
        image_size=64,
    ):
        target_spec = TargetSpec(color_space)
        if image_size % SIZE_MULTIPLE:
            raise ValueError(f"image_size {image_size} is not a multiple of {SIZE_MULTIPLE}")
        encoder = _encoder(image_size)
        flat = keras.Input(encoder.output_shape[1:], name="features")
        posterior = keras.Model(
            flat, gaussian_head(flat, latent_size, "posterior"), name="posterior"
        )
        decoder = _decoder(latent_size, image_size // SIZE_MULTIPLE, color_space)
        luminance = keras.Input((image_size, image_size, 1), name="luminance")
        mean, _ = posterior(encoder(luminance))
        super().__init__(luminance, decoder([mean]))

        self.encoder = encoder
        self.posterior = posterior
        self.decoder = decoder
        self.target_spec = target_spec
        self.size_multiple = image_size
        self.draws = keras.random.SeedGenerator(0)
        self.config = {
            "latent_size": latent_size,
            "color_space": color_space,
            "kl_weight": kl_weight,
            "free_nats": free_nats,
            "annealing_steps": annealing_steps,
            "image_size": image_size,
        }
        self.trackers = [keras.metrics.Mean(name=name) for name in LOGGED]

    def check_luminance(self, luminance):
        super().check_luminance(luminance)
        height, width = luminance.shape[1:3]
        size = self.config["image_size"]
        if {height, width} - {None, size}:
            raise ValueError(f"this VAE takes {size} x {size}, got {height} x {width}")

    def latent(self, features, training=False):
        return self.posterior(features[0], training=training)

    def divergence(self, luminance, target, training=False):
        features = self.features(luminance, training)
        posterior = normal(self.latent(features, training))
        return posterior, features, tfd.kl_divergence(posterior, tfd.Normal(0.0, 1.0))

    def decoder_inputs(self, features):
        return []


def _encoder(image_size):
    luminance = keras.Input((image_size, image_size, 1), name="luminance")
    x = strided_encoder(luminance, WIDTHS, STRIDES)
    return keras.Model(luminance, layers.Flatten(name="flat")(x), name="encoder")


def _decoder(latent_size, side, color_space):
    """Model from z (N, D) to the target, through (side, side) at the encoder's last stride."""
    latent = keras.Input((latent_size,), name="latent")
    x = layers.Dense(side * side * WIDTHS[-1], activation="relu", name="unflat")(latent)
    x = layers.Reshape((side, side, WIDTHS[-1]), name="square")(x)
    x = mirrored_decoder(x, WIDTHS, STRIDES)
    return keras.Model([latent], sigmoid_target(x, color_space), name="decoder")
