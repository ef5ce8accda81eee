"""Infrared to visible: a variational autoencoder across two spectra."""

import keras
import tensorflow as tf
from keras import layers

from kerascolor.efficientnet_lite import SIZE_MULTIPLE, efficientnet_lite, freeze
from kerascolor.layers import convolution_block, strided_encoder, unet_decoder
from kerascolor.losses import shifted_error
from kerascolor.models.base import TargetSpec
from kerascolor.models.variational import MIN_SCALE, VariationalModel, normal, tfd

LOGGED = ("loss", "reconstruction", "kl", "prior")

# What the encoder gives beside its features: the picture itself, centred, and features at stride 2.
PICTURE, FINE = "centre", "block1a_project_bn"
LATENT_STRIDE = 16
VISIBLE_WIDTHS = (32, 64, 128, 128)
HIDDEN_WIDTH = 64
# Share of a training batch that is painted from what the visible spectrum tells.
SHOWN = 0.5
# Slope of the infrared in the logits of RGB before training; it leaves the picture about as it is.
FIRST_SLOPE = 2.0


@keras.saving.register_keras_serializable("kerascolor")
class InfraredVAE(VariationalModel):
    """Paints what an infrared picture would look like in visible light, its brightness included.

    An encoder for each spectrum tells a Gaussian of the same latent grid z. The decoder sees z and
    the infrared's features at every scale. In training it paints one half of the photos from the
    visible spectrum's z, the other from the infrared's most likely one, and the infrared's Gaussian
    learns to cover the visible one's; colorizing needs the infrared alone, and another draw of z is
    another view that fits it.

    Args:
        latent_size: Channels of z, which has a place for every 16 x 16 pixels.
        encoder: EfficientNet-Lite variant, "efficientnet_lite0" to "efficientnet_lite2".
        widths: Channels of the decoder at strides 32, 16, 8, 4 and 2.
        kl_weight: Weight of the KL divergence of the visible posterior from the infrared's, in nats
            a place of z; the mean absolute error has weight 1.
        prior_weight: Weight of that of both posteriors from a standard normal.
        shift: Pixels by which a pair may be out of register at no cost.
        annealing_steps: Steps over which the KL divergences' weights rise from 0. A model that
            starts from trained latent grids, such as a preset, has the full weights at once.
        freeze_encoder: True keeps the infrared encoder's weights as they are; "early" lets its last
            two stages learn.

    Input: infrared levels (N, H, W, 1) in [0, 1], H and W multiples of 32.
    Output: RGB (N, H, W, 3) in [0, 1] of the most likely z.

    Raises:
        ValueError: An unknown encoder.

    Example:
        >>> model = InfraredVAE()
        >>> model.compile("adam")
        >>> model.fit(kerascolor.data.pairs("pairs", training=True), epochs=20)

    References:
        Liu, Breuel and Kautz, "Unsupervised Image-to-Image Translation Networks", NeurIPS 2017
        (a latent space that two domains share).
        Chen, Paris and Durand, "Bilateral Guided Upsampling", 2016 (lines that follow the input at
        full size).
    """

    size_multiple = SIZE_MULTIPLE

    def __init__(
        self,
        latent_size=8,
        encoder="efficientnet_lite0",
        widths=(256, 192, 128, 96, 48),
        kl_weight=1e-3,
        prior_weight=1e-4,
        shift=2,
        annealing_steps=1000,
        freeze_encoder=False,
    ):
        encoder_model = _encoder(encoder)
        freeze(encoder_model, freeze_encoder)
        infrared_posterior = _infrared_posterior(encoder_model, latent_size)
        decoder = _decoder(encoder_model, latent_size, widths)
        infrared = keras.Input((None, None, 1), name="luminance")
        features = encoder_model(infrared)
        mean, _ = infrared_posterior(features)
        super().__init__(infrared, decoder([mean, *features]))

        self.encoder = encoder_model
        self.infrared_posterior = infrared_posterior
        self.posterior = _visible_posterior(latent_size)
        self.decoder = decoder
        self.target_spec = TargetSpec("visible")
        self.draws = keras.random.SeedGenerator(0)
        self.config = {
            "latent_size": latent_size,
            "encoder": encoder,
            "widths": tuple(widths),
            "kl_weight": kl_weight,
            "prior_weight": prior_weight,
            "shift": shift,
            "annealing_steps": annealing_steps,
            "freeze_encoder": freeze_encoder,
        }
        self.trackers = [keras.metrics.Mean(name=name) for name in LOGGED]

    def latent(self, features, training=False):
        return self.infrared_posterior(features, training=training)

    def posteriors(self, infrared, target, training=False):
        """Features of the infrared, and the Gaussians of z (N, h, w, D) by infrared and visible."""
        features = self.features(infrared, training)
        by_infrared = normal(self.latent(features, training))
        return features, by_infrared, normal(self.posterior(target, training=training))

    def divergence(self, infrared, target, training=False):
        features, by_infrared, by_visible = self.posteriors(infrared, target, training)
        return by_visible, features, tfd.kl_divergence(by_visible, by_infrared)

    def latent_shape(self, image_size):
        sides = (side // LATENT_STRIDE for side in image_size)
        return (*sides, *super().latent_shape(image_size))

    def step_losses(self, infrared, target, training):
        """A prediction and the parts of its loss; in training half of the z are of the visible."""
        features, by_infrared, by_visible = self.posteriors(infrared, target, training)
        latent = by_infrared.mean()
        if training:
            seed, other = (tf.cast(self.draws.next(), tf.int32) for _ in range(2))
            shown = tf.random.stateless_uniform((tf.shape(target)[0], 1, 1, 1), other) < SHOWN
            latent = tf.where(shown, by_visible.sample(seed=seed), latent)
        predicted = self.decode(latent, features, training)
        reconstruction = tf.reduce_mean(shifted_error(target, predicted, self.config["shift"]))
        kl = _nats(by_visible, by_infrared)
        prior = sum(_nats(own, tfd.Normal(0.0, 1.0)) for own in (by_visible, by_infrared))
        cost = self.config["kl_weight"] * kl + self.config["prior_weight"] * prior
        cost *= self._annealing() if training else 1.0
        loss = reconstruction + cost
        return predicted, {
            "loss": loss,
            "reconstruction": reconstruction,
            "kl": kl,
            "prior": prior,
        }


def _nats(posterior, other):
    """Mean KL divergence of a place of the latent grid."""
    return tf.reduce_mean(tf.reduce_sum(tfd.kl_divergence(posterior, other), -1))


def _encoder(variant):
    """The encoder, which also gives the centred picture (stride 1), and features at stride 2."""
    encoder = efficientnet_lite(variant)
    outputs = [encoder.get_layer(name).output for name in (PICTURE, FINE)]
    return keras.Model(encoder.input, [*outputs, *encoder.outputs], name=variant)


def _feature_inputs(encoder):
    return [keras.Input(f.shape[1:], name=f"feature{i}") for i, f in enumerate(encoder.outputs)]


def _infrared_posterior(encoder, latent_size):
    """Model from the infrared's features to mean and standard deviation of z."""
    features = _feature_inputs(encoder)
    *_, middle, coarse = features
    x = convolution_block(coarse, HIDDEN_WIDTH, name="infrared_coarse")
    x = layers.UpSampling2D(2, interpolation="bilinear", name="infrared_upsample")(x)
    x = layers.Concatenate(name="infrared_features")([x, middle])
    x = convolution_block(x, HIDDEN_WIDTH, 3, name="infrared_hidden")
    return keras.Model(
        features, _gaussian_map(x, latent_size, "infrared"), name="infrared_posterior"
    )


def _visible_posterior(latent_size):
    """Model from the visible RGB to mean and standard deviation of z."""
    visible = keras.Input((None, None, 3), name="target")
    x = strided_encoder(visible, VISIBLE_WIDTHS, (2, 2, 2, 2))
    return keras.Model(visible, _gaussian_map(x, latent_size, "posterior"), name="posterior")


def _gaussian_map(x, latent_size, name):
    """Mean and standard deviation (N, h, w, D) from a map (N, h, w, C)."""
    # From zeros, so that both posteriors start alike. None has to be wider than the prior, whose
    # standard deviation is 1, and XNNPACK takes a sigmoid in int8.
    settings = {"kernel_initializer": "zeros", "dtype": "float32"}
    mean = layers.Conv2D(latent_size, 1, name=f"{name}_mean", **settings)(x)
    scale = layers.Conv2D(latent_size, 1, activation="sigmoid", name=f"{name}_scale", **settings)(x)
    return mean, layers.Rescaling(1.0, MIN_SCALE, dtype="float32")(scale)


def _decoder(encoder, latent_size, widths):
    """Model from z and the features to RGB.

    For every second pixel it tells the line by which RGB's logits follow the infrared, so that the
    infrared's own detail comes through where it is that of the visible.
    """
    latent = keras.Input((None, None, latent_size), name="latent")
    features = _feature_inputs(encoder)
    picture, *scales = features
    scales[-2] = layers.Concatenate(name="with_latent")([scales[-2], latent])
    x = unet_decoder(scales, widths)
    # From zeros, so that training starts from the infrared as it is.
    x = layers.Conv2D(6, 1, kernel_initializer="zeros", name="lines", dtype="float32")(x)
    lines = layers.UpSampling2D(2, interpolation="bilinear", dtype="float32", name="full_size")(x)
    slope = layers.Rescaling(1.0, FIRST_SLOPE, dtype="float32", name="slope")(lines[..., :3])
    x = layers.Multiply(dtype="float32", name="detail")([slope, picture])
    x = layers.Add(dtype="float32", name="logits")([x, lines[..., 3:]])
    x = layers.Activation("sigmoid", dtype="float32", name="rgb")(x)
    return keras.Model([latent, *features], x, name="decoder")
