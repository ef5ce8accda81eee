"""What the variational autoencoders share: the loss, drawing, and the export with noise."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp
from keras import layers, ops

from kerascolor.layers import dense
from kerascolor.models.tracking import TrackingModel

tfd = tfp.distributions

MIN_SCALE = 1e-2
# Nats above which a dimension of z counts as used.
USED = 0.01
LOGGED = ("loss", "reconstruction", "kl", "used_dimensions", "colorization_rmse")


class VariationalModel(TrackingModel):
    """Paints the target from a latent z: each draw of z is another colorization.

    z is a vector (N, D), or a grid (N, h, w, D) with a vector for each place. A subclass sets the
    attributes below, and gives `latent` and `divergence`. Its `config` has latent_size, kl_weight,
    free_nats and annealing_steps.

    `fit` logs `reconstruction` and `rmse` of photos whose z comes from the posterior; the KL
    divergence `kl` of a photo's vector in nats, with a grid that of a place's, and by how many of
    the D dimensions it is more than 0.01: a collapse shows in both. In validation and `evaluate` it
    logs `colorization_rmse`, too: the error of what `predict` gives.

    Attributes:
        encoder: Model from luminance to a list of features.
        posterior: Model of the z that a photo in colour has, with a layer `posterior_mean`.
        decoder: Model from z and what `decoder_inputs` takes of the features to the target.
        draws: `keras.random.SeedGenerator` of the z that are drawn in training.
    """

    takes_noise = True

    def latent(self, features, training=False):
        """Mean and standard deviation of the z that colorizing draws."""
        raise NotImplementedError

    def divergence(self, luminance, target, training=False):
        """Posterior of z, features of the luminance, and the KL divergence in nats, of z's shape.

        The divergence is that of the posterior from the prior.
        """
        raise NotImplementedError

    def latent_shape(self, image_size):
        """The shape of one photo's z, for photos (height, width)."""
        return (self.config["latent_size"],)

    def decoder_inputs(self, features):
        """What the decoder sees of the features."""
        return features

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        # Annealing is for latent vectors that say nothing yet; those of a preset do.
        head = self.posterior.get_layer("posterior_mean")
        self._annealed = bool(ops.any(ops.not_equal(head.kernel, 0.0)))

    def features(self, luminance, training=False):
        """The features that the encoder finds in a luminance, as a list, fine to coarse."""
        return keras.tree.flatten(self.encoder(luminance, training=training))

    def decode(self, latent, features, training=False):
        """The target of a latent z and features."""
        return self.decoder([latent, *self.decoder_inputs(features)], training=training)

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
        shape = (n, len(luminance), *self.latent_shape(luminance.shape[1:3]))
        noise = temperature * keras.random.normal(shape, seed=seed)
        features = self.features(luminance)
        return ops.stack([self._draw(features, one) for one in noise])

    def export_inputs(self, image_size):
        return {**super().export_inputs(image_size), "noise": (1, *self.latent_shape(image_size))}

    def colorize(self, luminance, noise):
        return self._draw(self.features(luminance), noise)

    def _draw(self, features, noise):
        mean, scale = self.latent(features)
        return self.decode(mean + scale * noise, features)

    def step_losses(self, luminance, target, training):
        predicted, _, losses = self.reconstruct(luminance, target, training)
        return predicted, losses

    def reconstruct(self, luminance, target, training):
        """A prediction whose z is drawn from the posterior, features, and the parts of its loss."""
        posterior, features, divergence = self.divergence(luminance, target, training)
        predicted = self.decode(self.draw_from(posterior), features, training)
        reconstruction = tf.reduce_mean(tf.square(target - predicted))
        # Of each dimension, a mean over photos and places: photos of all sizes then weigh alike.
        kl = tf.reduce_mean(divergence, list(range(len(divergence.shape) - 1)))
        costly = tf.maximum(kl, self.config["free_nats"])
        weight = self.config["kl_weight"] * (self._annealing() if training else 1.0)
        losses = {
            "loss": reconstruction + weight * tf.reduce_sum(costly),
            "reconstruction": reconstruction,
            "kl": tf.reduce_sum(kl),
            "used_dimensions": tf.reduce_sum(tf.cast(kl > USED, tf.float32)),
        }
        if not training:
            likeliest = self.decode(self.latent(features)[0], features)
            losses["colorization_rmse"] = tf.sqrt(tf.reduce_mean(tf.square(target - likeliest)))
        return predicted, features, losses

    def draw_from(self, distribution):
        """A z that is drawn in training."""
        return distribution.sample(seed=tf.cast(self.draws.next(), tf.int32))

    def _annealing(self):
        """What the KL divergence's weight is multiplied by, rising from 0 to 1."""
        if self._annealed:
            return 1.0
        step = tf.cast(self.optimizer.iterations, tf.float32)
        return tf.minimum(1.0, step / max(1, self.config["annealing_steps"]))


def normal(parameters):
    """The Gaussian of a mean and a standard deviation."""
    # In float32 whatever the policy: a KL divergence of half-precision parameters fails.
    mean, scale = (tf.cast(parameter, tf.float32) for parameter in parameters)
    return tfd.Normal(mean, scale)


def gaussian_head(x, latent_size, name):
    """Mean and standard deviation, D channels each, from a vector (N, C) or a grid (N, h, w, C)."""
    # From zeros, so that posterior and prior start alike, and near a standard normal.
    settings = {"kernel_initializer": "zeros", "dtype": "float32"}
    mean = dense(x, latent_size, name=f"{name}_mean", **settings)
    scale = dense(x, latent_size, activation="softplus", name=f"{name}_scale", **settings)
    return mean, layers.Rescaling(1.0, MIN_SCALE, dtype="float32")(scale)
