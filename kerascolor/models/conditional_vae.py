"""Colorization as sampling: a variational autoencoder on condition of the grey photo."""

import keras
from keras import layers

from kerascolor.efficientnet_lite import SIZE_MULTIPLE, STRIDE, efficientnet_lite, freeze
from kerascolor.layers import dense, sigmoid_target, strided_encoder, unet_decoder
from kerascolor.models.base import TargetSpec
from kerascolor.models.variational import (
    LOGGED,
    VariationalModel,
    gaussian_head,
    normal,
    tfd,
)

POSTERIOR_WIDTHS = (32, 64, 128, 256)
HIDDEN_WIDTH = 256
LATENTS = ("vector", "grid")


@keras.saving.register_keras_serializable("kerascolor")
class ConditionalVAE(VariationalModel):
    """Paints a grey photo from a latent z: each draw of it is another colorization.

    A posterior q(z given colour, grey) and a learned prior p(z given grey), both Gaussian; the
    decoder sees the grey photo's features at every scale and z at the coarse ones.

    Args:
        latent_size: Dimensions of z, with a grid those of each place.
        encoder: EfficientNet-Lite variant, "efficientnet_lite0" to "efficientnet_lite2".
        widths: Channels of the decoder at strides 32, 16, 8 and 4.
        color_space: "lab", "yuv" or "rgb".
        kl_weight: Weight of the KL divergence, in nats, with a grid that of the mean over places;
            the mean squared error has weight 1.
        free_nats: KL divergence that each dimension may have at no cost.
        annealing_steps: Steps over which the KL divergence's weight rises from 0. A model that
            starts from trained latent vectors, such as a preset, has the full weight at once.
        freeze_encoder: True keeps the encoder's weights as they are, which is better with fewer
            than some 100,000 photos; "early" lets its last two stages learn.
        latent: "vector", one z for the whole photo, whose draws differ by the photo's tint; or
            "grid", a z for every 32nd pixel down and across, with a prior of its own, so that
            draws can differ from place to place.

    Input: luminance (N, H, W, 1) in [0, 1], H and W multiples of 32.
    Output: chroma (N, H, W, 2) in [-1, 1], or RGB (N, H, W, 3) in [0, 1], of the most likely z.

    Raises:
        ValueError: An unknown encoder, colour space or kind of latent.

    Example:
        >>> model = ConditionalVAE.from_preset("vae")
        >>> five = model.sample(luminance, n=5, temperature=1.0, seed=0)

    References:
        Sohn, Lee and Yan, "Learning Structured Output Representation using Deep Conditional
        Generative Models", NeurIPS 2015.
        Deshpande et al., "Learning Diverse Image Colorization", CVPR 2017.
        Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016
        (free nats).
    """

    size_multiple = SIZE_MULTIPLE
    logged = LOGGED

    def __init__(
        self,
        latent_size=100,
        encoder="efficientnet_lite0",
        widths=(256, 192, 128, 128),
        color_space="lab",
        kl_weight=2e-4,
        free_nats=0.0,
        annealing_steps=1000,
        freeze_encoder=False,
        latent="vector",
    ):
        if latent not in LATENTS:
            raise ValueError(f"latent {latent!r} is unknown: use one of {', '.join(LATENTS)}")
        target_spec = TargetSpec(color_space)
        encoder_model = efficientnet_lite(encoder)
        freeze(encoder_model, freeze_encoder)
        pool = layers.GlobalAveragePooling2D if latent == "vector" else layers.Identity
        prior = _prior(encoder_model, latent_size, pool)
        latent_input = keras.Input(prior.output_shape[0][1:], name="latent")
        decoder = _decoder(encoder_model, latent_input, widths, color_space)
        luminance = keras.Input((None, None, 1), name="luminance")
        features = encoder_model(luminance)
        mean, _ = prior(features)
        super().__init__(luminance, decoder([mean, *features]))

        self.encoder = encoder_model
        self.prior = prior
        self.posterior = _posterior(encoder_model, latent_size, pool, target_spec)
        self.decoder = decoder
        self.target_spec = target_spec
        self.draws = keras.random.SeedGenerator(0)
        self.config = {
            "latent_size": latent_size,
            "encoder": encoder,
            "widths": tuple(widths),
            "color_space": color_space,
            "kl_weight": kl_weight,
            "free_nats": free_nats,
            "annealing_steps": annealing_steps,
            "freeze_encoder": freeze_encoder,
            "latent": latent,
        }
        self.trackers = [keras.metrics.Mean(name=name) for name in self.logged]

    def latent_shape(self, image_size):
        vector = super().latent_shape(image_size)
        if self.config["latent"] == "vector":
            return vector
        return (*(side // SIZE_MULTIPLE for side in image_size), *vector)

    def latent(self, features, training=False):
        return self.prior(features, training=training)

    def divergence(self, luminance, target, training=False):
        features = self.features(luminance, training)
        prior = normal(self.latent(features, training))
        posterior = self.posterior([luminance, target, features[-1]], training=training)
        posterior = normal(posterior)
        return posterior, features, tfd.kl_divergence(posterior, prior)


def _feature_inputs(encoder):
    return [keras.Input(f.shape[1:], name=f"feature{i}") for i, f in enumerate(encoder.outputs)]


def _prior(encoder, latent_size, pool):
    """Model from the grey photo's features to mean and standard deviation of z.

    Args:
        pool: Layer that brings features at stride 32 to z's places.
    """
    features = _feature_inputs(encoder)
    x = pool(name="prior_pool")(features[-1])
    x = dense(x, HIDDEN_WIDTH, 3, activation="relu6", name="prior_hidden")
    return keras.Model(features, gaussian_head(x, latent_size, "prior"), name="prior")


def _posterior(encoder, latent_size, pool, target_spec):
    """Model from luminance, target and coarsest features to mean and standard deviation of z."""
    luminance = keras.Input((None, None, 1), name="luminance")
    target = keras.Input((None, None, target_spec.channels), name="target")
    coarse = keras.Input(encoder.outputs[-1].shape[1:], name="coarse")
    x = layers.Concatenate(name="posterior_photo")([luminance, target])
    x = strided_encoder(x, POSTERIOR_WIDTHS, (2, 2, 2, 2))
    x = layers.AveragePooling2D(2, name="posterior_halved")(x)
    x = pool(name="posterior_pool")(x)
    grey = pool(name="posterior_grey")(coarse)
    x = layers.Concatenate(name="posterior_features")([x, grey])
    x = dense(x, HIDDEN_WIDTH, 3, activation="relu6", name="posterior_hidden")
    head = gaussian_head(x, latent_size, "posterior")
    return keras.Model([luminance, target, coarse], head, name="posterior")


def _decoder(encoder, latent, widths, color_space):
    """Model from z, a Keras input, and the features to the target."""
    features = _feature_inputs(encoder)
    x = unet_decoder(features, widths, latent=latent)
    x = sigmoid_target(x, color_space)
    x = layers.UpSampling2D(STRIDE, interpolation="bilinear", dtype="float32")(x)
    return keras.Model([latent, *features], x, name="decoder")
