"""What the variational autoencoders share: the loss, drawing, and the export with noise."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp
from keras import layers, ops

from kerascolor.models.tracking import TrackingModel

tfd = tfp.distributions

MIN_SCALE = 1e-2
LOGGED = ("loss", "reconstruction", "kl", "colorization_rmse")


class VariationalModel(TrackingModel):
    """Paints the target from a latent vector z: each draw of z is another colorization.

    A subclass sets the attributes below, and gives `latent` and `divergence`. Its `config`
    has latent_size, kl_weight, free_nats and annealing_steps.

    `fit` logs `reconstruction` and `rmse` of photos whose z comes from the posterior. In validation
    and `evaluate` it logs `colorization_rmse`, too: the error of what `predict` gives.

    Attributes:
        encoder: Model from luminance to a list of features.
        posterior: Model of the z that a photo in colour has, with a layer `posterior_mean`.
        decoder: Model from z and what `decoder_inputs` takes of the features to the target.
        draws: `keras.random.SeedGenerator` of the z that are drawn in training.
    """

    takes_noise = True

    def latent(self, features, training=False):
        """Mean and standard deviation (N, D) of the z that colorizing draws."""
        raise NotImplementedError

    def divergence(self, luminance, target, training=False):
        """Posterior of z (N, D), features of the luminance, and the KL divergence (N, D) in nats.

        The divergence is that of the posterior from the prior.
        """
        raise NotImplementedError

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
        """The target of latent vectors (N, D) and features."""
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
        _, *shape = self.export_inputs(luminance.shape[1:3])["noise"]
        noise = temperature * keras.random.normal((n, len(luminance), *shape), seed=seed)
        features = self.features(luminance)
        return ops.stack([self._draw(features, one) for one in noise])

    def export_inputs(self, image_size):
        return {**super().export_inputs(image_size), "noise": (1, self.config["latent_size"])}

    def colorize(self, luminance, noise):
        return self._draw(self.features(luminance), noise)

    def _draw(self, features, noise):
        mean, scale = self.latent(features)
        return self.decode(mean + scale * noise, features)

    def step_losses(self, luminance, target, training):
        """A prediction whose z is drawn from the posterior, and the parts of its loss."""
        posterior, features, kl = self.divergence(luminance, target, training)
        seed = tf.cast(self.draws.next(), tf.int32)
        predicted = self.decode(posterior.sample(seed=seed), features, training)
        reconstruction = tf.reduce_mean(tf.square(target - predicted))
        costly = tf.maximum(tf.reduce_mean(kl, 0), self.config["free_nats"])
        weight = self.config["kl_weight"] * (self._annealing() if training else 1.0)
        losses = {
            "loss": reconstruction + weight * tf.reduce_sum(costly),
            "reconstruction": reconstruction,
            "kl": tf.reduce_mean(tf.reduce_sum(kl, -1)),
        }
        if not training:
            likeliest = self.decode(self.latent(features)[0], features)
            losses["colorization_rmse"] = tf.sqrt(tf.reduce_mean(tf.square(target - likeliest)))
        return predicted, losses

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
    """Mean and standard deviation (N, D) from a vector (N, C)."""
    # From zeros, so that posterior and prior start alike, and near a standard normal.
    settings = {"kernel_initializer": "zeros", "dtype": "float32"}
    mean = layers.Dense(latent_size, name=f"{name}_mean", **settings)(x)
    scale = layers.Dense(latent_size, activation="softplus", name=f"{name}_scale", **settings)(x)
    return mean, layers.Rescaling(1.0, MIN_SCALE, dtype="float32")(scale)
