"""Colorization as sampling: variational autoencoders on TensorFlow Probability."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp
from keras import layers, ops

from kerascolor import color
from kerascolor.efficientnet_lite import SIZE_MULTIPLE, efficientnet_lite, freeze
from kerascolor.layers import mirrored_decoder, sigmoid_target, strided_encoder, unet_decoder
from kerascolor.models.tracking import TrackingModel, replicas

tfd = tfp.distributions

PLAIN_WIDTHS = (32, 64, 128, 256)
PLAIN_STRIDES = (1, 2, 2, 2)
POSTERIOR_WIDTHS = (32, 64, 128, 256)
STRIDE = 4  # Of the decoder's output with an EfficientNet-Lite encoder.
MIN_SCALE = 1e-2
LOGGED = ("loss", "reconstruction", "kl")


@keras.saving.register_keras_serializable("kerascolor")
class VAE(TrackingModel):
    """Paints chroma from a latent vector: each draw of it is another colorization.

    Conditional (the default): a posterior q(z given colour, grey) and a learned prior
    p(z given grey), both Gaussian; the decoder sees the grey photo's features at every scale and
    z at the coarse ones. Plain: q(z given grey) against a standard normal prior, and a decoder
    that sees z alone.

    Args:
        conditional: False for the plain form.
        latent_size: Dimensions of z.
        encoder: EfficientNet-Lite variant of the conditional form.
        widths: Channels of the conditional form's decoder at strides 32, 16, 8 and 4.
        color_space: "lab", "yuv" or "rgb".
        kl_weight: Of the KL divergence, in nats, beside the mean squared error.
        free_nats: KL divergence that each dimension may have at no cost.
        annealing_steps: Steps over which the KL divergence's weight rises from 0.
        image_size: Height and width; the plain form takes no other, the conditional form any.
        freeze_encoder: True keeps the encoder's weights as they are, which is better with fewer
            than some 100,000 photos; "early" lets its last two stages learn.

    Input: luminance (N, H, W, 1) in [0, 1], H and W multiples of 32; the plain form's are
        `image_size`, a multiple of 8.
    Output: chroma (N, H, W, 2) in [-1, 1], or RGB (N, H, W, 3) in [0, 1], of the most likely z.

    Example:
        >>> model = VAE.from_preset("vae")
        >>> five = model.sample(luminance, n=5, temperature=1.0, seed=0)

    References:
        Kingma and Welling, "Auto-Encoding Variational Bayes", 2013.
        Sohn, Lee and Yan, "Learning Structured Output Representation using Deep Conditional
        Generative Models", NeurIPS 2015.
        Deshpande et al., "Learning Diverse Image Colorization", CVPR 2017.
        Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016
        (free nats).
    """

    def __init__(
        self,
        conditional=True,
        latent_size=100,
        encoder="efficientnet_lite0",
        widths=(256, 192, 128, 128),
        color_space="lab",
        kl_weight=2e-4,
        free_nats=0.0,
        annealing_steps=1000,
        image_size=64,
        freeze_encoder=False,
    ):
        color.check_color_space(color_space)
        if conditional:
            parts = _conditional_parts(latent_size, encoder, widths, color_space)
        else:
            parts = _plain_parts(latent_size, image_size, color_space)
        freeze(parts["encoder"], freeze_encoder)
        size = None if conditional else image_size
        luminance = keras.Input((size, size, 1), name="luminance")
        features = keras.tree.flatten(parts["encoder"](luminance))
        mean, _ = parts["prior"](features)
        super().__init__(luminance, parts["decoder"]([mean, *features]))

        self.encoder = parts["encoder"]
        self.prior = parts["prior"]
        self.posterior = parts["posterior"]
        self.decoder = parts["decoder"]
        self.color_space = color_space
        self.size_multiple = SIZE_MULTIPLE if conditional else image_size
        self.draws = keras.random.SeedGenerator(0)
        self.config = {
            "conditional": conditional,
            "latent_size": latent_size,
            "encoder": encoder,
            "widths": tuple(widths),
            "color_space": color_space,
            "kl_weight": kl_weight,
            "free_nats": free_nats,
            "annealing_steps": annealing_steps,
            "image_size": image_size,
            "freeze_encoder": freeze_encoder,
        }
        self.trackers = [keras.metrics.Mean(name=name) for name in LOGGED]

    def check_luminance(self, luminance):
        super().check_luminance(luminance)
        height, width = luminance.shape[1:3]
        size = self.config["image_size"]
        if not self.config["conditional"] and {height, width} - {None, size}:
            raise ValueError(f"the plain VAE takes {size} x {size}, got {height} x {width}")

    def default_loss(self):
        return keras.losses.MeanSquaredError()

    def sample(self, luminance, n=1, temperature=1.0, seed=None):
        """Draws n colorizations of each luminance.

        Args:
            luminance: (N, H, W, 1) in [0, 1].
            n: How many.
            temperature: Scales the prior's standard deviation; 0 gives the most likely z.
            seed: Integer; the same one gives the same colours.

        Returns:
            Array (n, N, H, W, C) of targets.
        """
        shape = (n, len(luminance), self.config["latent_size"])
        noise = temperature * keras.random.normal(shape, seed=seed)
        features = self.features(luminance)
        return ops.stack([self._decode(features, one) for one in noise])

    def export_inputs(self, image_size):
        return {**super().export_inputs(image_size), "noise": (1, self.config["latent_size"])}

    def colorize(self, luminance, noise):
        return self._decode(self.features(luminance), noise)

    def features(self, luminance, training=False):
        """What the encoder tells of a luminance, as a list, fine to coarse."""
        return keras.tree.flatten(self.encoder(luminance, training=training))

    def _decode(self, features, noise):
        mean, scale = self.prior(features, training=False)
        return self.decoder([mean + scale * noise, *features], training=False)

    def divergence(self, luminance, target, training=False):
        """Posterior of z (N, D), features of the luminance, and the KL divergence (N, D) in nats.

        The posterior of the plain form is what its "prior" part predicts from grey, and its prior
        a standard normal.
        """
        features = self.features(luminance, training)
        of_grey = _normal(self.prior(features, training=training))
        if self.posterior is None:
            posterior, prior = of_grey, tfd.Normal(0.0, 1.0)
        else:
            parameters = self.posterior([luminance, target, features[-1]], training=training)
            posterior, prior = _normal(parameters), of_grey
        return posterior, features, tfd.kl_divergence(posterior, prior)

    def train_step(self, batch):
        with tf.GradientTape() as tape:
            predicted, losses = self._elbo(*batch, training=True)
            scaled = self.optimizer.scale_loss(losses["loss"] / replicas())
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, variables), variables)
        return self.track(batch[1], predicted, losses)

    def test_step(self, batch):
        predicted, losses = self._elbo(*batch, training=False)
        return self.track(batch[1], predicted, losses)

    def _elbo(self, luminance, target, training):
        posterior, features, kl = self.divergence(luminance, target, training)
        seed = tf.cast(self.draws.next(), tf.int32)
        predicted = self.decoder([posterior.sample(seed=seed), *features], training=training)
        reconstruction = tf.reduce_mean(tf.square(target - predicted))
        costly = tf.maximum(tf.reduce_mean(kl, 0), self.config["free_nats"])
        step = tf.cast(self.optimizer.iterations, tf.float32)
        annealing = tf.minimum(1.0, step / max(1, self.config["annealing_steps"]))
        weight = self.config["kl_weight"] * (annealing if training else 1.0)
        return predicted, {
            "loss": reconstruction + weight * tf.reduce_sum(costly),
            "reconstruction": reconstruction,
            "kl": tf.reduce_mean(tf.reduce_sum(kl, -1)),
        }


def _normal(parameters):
    # In float32 whatever the policy: a KL divergence of half-precision parameters fails.
    mean, scale = (tf.cast(parameter, tf.float32) for parameter in parameters)
    return tfd.Normal(mean, scale)


def _gaussian_head(x, latent_size, name):
    """Mean and standard deviation (N, D) from a vector (N, C)."""
    # From zeros, so that posterior and prior start alike, and near a standard normal.
    settings = {"kernel_initializer": "zeros", "dtype": "float32"}
    mean = layers.Dense(latent_size, name=f"{name}_mean", **settings)(x)
    scale = layers.Dense(latent_size, activation="softplus", name=f"{name}_scale", **settings)(x)
    return mean, layers.Rescaling(1.0, MIN_SCALE, dtype="float32")(scale)


def _conditional_parts(latent_size, encoder, widths, color_space):
    encoder_model = efficientnet_lite(encoder)
    features = [
        keras.Input(f.shape[1:], name=f"feature{i}") for i, f in enumerate(encoder_model.outputs)
    ]
    coarse = features[-1]

    pooled = layers.GlobalAveragePooling2D(name="prior_pool")(coarse)
    x = layers.Dense(256, activation="relu6", name="prior_hidden")(pooled)
    prior = keras.Model(features, _gaussian_head(x, latent_size, "prior"), name="prior")

    luminance = keras.Input((None, None, 1), name="luminance")
    target = keras.Input((None, None, color.TARGET_CHANNELS[color_space]), name="target")
    x = layers.Concatenate(name="posterior_photo")([luminance, target])
    x = strided_encoder(x, POSTERIOR_WIDTHS, (2, 2, 2, 2))
    x = layers.GlobalAveragePooling2D(name="posterior_pool")(x)
    x = layers.Concatenate(name="posterior_features")(
        [x, layers.GlobalAveragePooling2D(name="posterior_grey")(coarse)]
    )
    x = layers.Dense(256, activation="relu6", name="posterior_hidden")(x)
    posterior = keras.Model(
        [luminance, target, coarse], _gaussian_head(x, latent_size, "posterior"), name="posterior"
    )

    latent = keras.Input((latent_size,), name="latent")
    x = unet_decoder(features, widths, latent=latent)
    x = sigmoid_target(x, color_space)
    x = layers.UpSampling2D(STRIDE, interpolation="bilinear", dtype="float32")(x)
    decoder = keras.Model([latent, *features], x, name="decoder")
    return {"encoder": encoder_model, "prior": prior, "posterior": posterior, "decoder": decoder}


def _plain_parts(latent_size, image_size, color_space):
    luminance = keras.Input((image_size, image_size, 1), name="luminance")
    x = strided_encoder(luminance, PLAIN_WIDTHS, PLAIN_STRIDES)
    shape = x.shape[1:]
    encoder_model = keras.Model(luminance, layers.Flatten(name="flat")(x), name="encoder")

    flat = keras.Input(encoder_model.outputs[0].shape[1:], name="features")
    prior = keras.Model([flat], _gaussian_head(flat, latent_size, "posterior"), name="prior")

    latent = keras.Input((latent_size,), name="latent")
    # The features take no part: plain, the decoder sees z alone.
    x = layers.Dense(shape[0] * shape[1] * shape[2], activation="relu", name="unflat")(latent)
    x = layers.Reshape(shape, name="square")(x)
    x = mirrored_decoder(x, PLAIN_WIDTHS, PLAIN_STRIDES)
    decoder = keras.Model([latent, flat], sigmoid_target(x, color_space), name="decoder")
    return {"encoder": encoder_model, "prior": prior, "posterior": None, "decoder": decoder}
