"""Colorization as sampling whose draws have to look real: the conditional VAE and a GAN."""

import keras
import tensorflow as tf

from kerascolor.models import adversarial, variational
from kerascolor.models.conditional_vae import ConditionalVAE


@keras.saving.register_keras_serializable("kerascolor")
class VAEGAN(adversarial.AdversarialModel, ConditionalVAE):
    """A conditional VAE whose draws a discriminator of 70x70 patches judges.

    It learns from two cycles. From the colours to z and back (cVAE-GAN): the z of the photo's
    posterior has to give the photo. From z to colours and back (cLR-GAN): of the colours that a z
    of the prior gives, the posterior has to find that z, so that the decoder can't ignore it. The
    discriminator judges what both give.

    Args:
        latent: As in `ConditionalVAE`, but a grid by default.
        vae_weight: Weight of the conditional VAE's own loss, the squared error and the KL
            divergence; the adversarial loss has weight 1.
        latent_weight: Weight of how far the z that is found is from the one that was drawn, in
            standard deviations of the prior.
        discriminator_width: Channels of the discriminator's first convolution.
        **settings: As in `ConditionalVAE`.

    Input and output: as in `ConditionalVAE`.

    Attributes:
        discriminator: Model from luminance (N, H, W, 1) and target to a logit for every patch,
            positive for real colours.

    What is logged tells a collapse: see `adversarial.AdversarialModel` (`prior_accuracy` and
    `posterior_accuracy` are of draws from these), `variational.VariationalModel`, and here
    `latent_error`, which is 0.8 where draws tell nothing of their z (the mean size of a standard
    normal), and in validation `spread`, the mean distance of two draws' colours.

    Example:
        >>> model = VAEGAN(encoder="efficientnet_lite1", widths=(320, 256, 192, 128))
        >>> model.start_from(kerascolor.models.load("classifier"))
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        >>> model.fit(kerascolor.data.photos("photos", training=True), epochs=1)

    References:
        Zhu et al., "Toward Multimodal Image-to-Image Translation", NeurIPS 2017 (BicycleGAN).
        Larsen et al., "Autoencoding beyond Pixels Using a Learned Similarity Metric", ICML 2016.
    """

    logged = (
        *variational.LOGGED,
        *adversarial.LOGGED,
        "prior_accuracy",
        "posterior_accuracy",
        "latent_error",
        "spread",
    )

    def __init__(
        self,
        latent="grid",
        vae_weight=500.0,
        latent_weight=0.5,
        discriminator_width=64,
        **settings,
    ):
        super().__init__(latent=latent, **settings)
        self.discriminator = adversarial.patch_discriminator(
            self.input_shape[1:], self.output_shape[1:], discriminator_width
        )
        self.config = {
            **self.config,
            "vae_weight": vae_weight,
            "latent_weight": latent_weight,
            "discriminator_width": discriminator_width,
        }

    def step_losses(self, luminance, target, training):
        """The posterior's photo, and the losses of both networks (Zhu et al., equation 6)."""
        reconstructed, features, losses = self.reconstruct(luminance, target, training)
        prior = variational.normal(self.latent(features, training))
        latent = self.draw_from(prior)
        drawn = self.decode(latent, features, training)
        predictions = {"prior": drawn, "posterior": reconstructed}
        judged = self.judge(luminance, target, predictions, training)
        difference = self._latent_error(luminance, features, drawn, latent, prior.stddev())
        loss = (
            judged["adversarial"]
            + self.config["vae_weight"] * losses["loss"]
            + self.config["latent_weight"] * difference
        )
        losses |= {**judged, "latent_error": difference, "loss": loss}
        if not training:
            other = self.decode(self.draw_from(prior), features)
            losses["spread"] = adversarial.magnitude(drawn - other)
        return reconstructed, losses

    def _latent_error(self, luminance, features, drawn, latent, scale):
        """How far the posterior of drawn colours is from the z that they were painted from.

        Its gradient does not reach the posterior. Could that learn from it too, it would agree
        with the decoder on signs for z that hide in the colours (Zhu et al., section 3.4).
        """
        scale = tf.stop_gradient(scale)
        with tf.GradientTape() as tape:
            tape.watch(drawn)
            found, _ = self.posterior([luminance, drawn, features[-1]])
            # A sum, whose gradients are not too small for half precision.
            total = tf.reduce_sum(tf.abs(found - tf.stop_gradient(latent)) / scale)
        count = tf.cast(tf.size(latent), tf.float32)
        gradient = tf.stop_gradient(tape.gradient(total, drawn))
        linear = tf.reduce_sum(gradient * drawn) / count
        return linear + tf.stop_gradient(total / count - linear)
