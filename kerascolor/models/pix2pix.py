"""Colorization as a conditional GAN: a U-Net against a critic of patches."""

import keras
import tensorflow as tf
from keras import layers

from kerascolor.models.tracking import TrackingModel, replicas
from kerascolor.models.unet import UNet

LOGGED = (
    "loss",
    "l1",
    "adversarial",
    "discriminator",
    "real_accuracy",
    "fake_accuracy",
    "colorfulness",
)


@keras.saving.register_keras_serializable("kerascolor")
class Pix2Pix(TrackingModel):
    """A U-Net generator that a discriminator of 70x70 patches teaches lively colours.

    Args:
        encoder, widths, color_space, freeze_encoder: As in `UNet`, which is the generator.
        dropout: The generator's noise, in training only.
        l1_weight: Of the L1 error beside the adversarial loss.
        discriminator_width: Channels of the discriminator's first convolution.

    Input and output: as in `UNet`.

    Attributes:
        generator: The `UNet`. `start_from(unet)` copies a trained one into it.
        discriminator: Model from luminance (N, H, W, 1) and chroma (N, H, W, 2) to a logit for
            every patch, positive for real colours.

    The logged `real_accuracy` and `fake_accuracy` tell how often the discriminator is right:
    both near 1 it has won, both near 0.5 it has lost, and either way the generator learns only
    from L1. `colorfulness` is the mean magnitude of the generator's chroma over the original's:
    a collapse shows in it.

    Example:
        >>> model = Pix2Pix.from_preset("pix2pix")
        >>> model.compile(keras.optimizers.Adam(2e-4, beta_1=0.5))
        >>> model.fit(kerascolor.data.photos("photos", training=True), epochs=1)

    Reference:
        Isola, Zhu, Zhou and Efros, "Image-to-Image Translation with Conditional Adversarial
        Networks", CVPR 2017.
    """

    def __init__(
        self,
        encoder="efficientnet_lite0",
        widths=(256, 192, 128, 128),
        color_space="lab",
        dropout=0.5,
        l1_weight=100.0,
        discriminator_width=64,
        freeze_encoder=False,
    ):
        generator = UNet(encoder, widths, color_space, "l1", dropout, freeze_encoder)
        luminance = keras.Input((None, None, 1), name="luminance")
        super().__init__(luminance, generator(luminance))
        self.generator = generator
        self.discriminator = _patch_discriminator(discriminator_width)
        self.encoder = generator.encoder
        self.color_space = color_space
        self.size_multiple = generator.size_multiple
        self.config = {
            "encoder": encoder,
            "widths": tuple(widths),
            "color_space": color_space,
            "dropout": dropout,
            "l1_weight": l1_weight,
            "discriminator_width": discriminator_width,
            "freeze_encoder": freeze_encoder,
        }
        self.trackers = [keras.metrics.Mean(name=name) for name in LOGGED]

    def compile(self, optimizer="adam", discriminator_optimizer=None, **kwargs):
        """As in Keras.

        Args:
            optimizer: The generator's.
            discriminator_optimizer: By default a new one with the generator's settings.
            **kwargs: `metrics`, `run_eagerly` and so on.
        """
        super().compile(optimizer=optimizer, **kwargs)
        if discriminator_optimizer is None:
            inner = getattr(self.optimizer, "inner_optimizer", self.optimizer)
            discriminator_optimizer = inner.from_config(inner.get_config())
        else:
            discriminator_optimizer = keras.optimizers.get(discriminator_optimizer)
        half = keras.config.dtype_policy().name == "mixed_float16"
        if half and not isinstance(discriminator_optimizer, keras.optimizers.LossScaleOptimizer):
            discriminator_optimizer = keras.optimizers.LossScaleOptimizer(discriminator_optimizer)
        self.discriminator_optimizer = discriminator_optimizer
        # Optimizers without variables are left out of a checkpoint.
        self.optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    def get_compile_config(self):
        optimizer = keras.saving.serialize_keras_object(self.discriminator_optimizer)
        return {**super().get_compile_config(), "discriminator_optimizer": optimizer}

    def default_loss(self):
        return keras.losses.MeanAbsoluteError()

    def train_step(self, batch):
        luminance, chroma = batch
        with tf.GradientTape(persistent=True) as tape:
            predicted = self.generator(luminance, training=True)
            losses = self.adversarial_losses(luminance, chroma, predicted, training=True)
            scaled = self.optimizer.scale_loss(losses["loss"] / replicas())
            critic_loss = losses["discriminator"] / replicas()
            critic_scaled = self.discriminator_optimizer.scale_loss(critic_loss)
        variables = self.generator.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, variables), variables)
        variables = self.discriminator.trainable_variables
        gradients = tape.gradient(critic_scaled, variables)
        self.discriminator_optimizer.apply(gradients, variables)
        return self.track(chroma, predicted, losses)

    def test_step(self, batch):
        luminance, chroma = batch
        predicted = self.generator(luminance, training=False)
        return self.track(
            chroma, predicted, self.adversarial_losses(luminance, chroma, predicted, False)
        )

    def adversarial_losses(self, luminance, chroma, predicted, training):
        """The losses of both networks (equations 1 to 4) and the discriminator's accuracies."""
        real = self.discriminator([luminance, chroma], training=training)
        fake = self.discriminator([luminance, predicted], training=training)
        adversarial = _cross_entropy(tf.ones_like(fake), fake)
        critic_real = _cross_entropy(tf.ones_like(real), real)
        critic_fake = _cross_entropy(tf.zeros_like(fake), fake)
        l1 = tf.reduce_mean(tf.abs(chroma - predicted))
        return {
            "loss": adversarial + self.config["l1_weight"] * l1,
            "l1": l1,
            "adversarial": adversarial,
            # Halved, to slow the discriminator (section 3.3).
            "discriminator": 0.5 * (critic_real + critic_fake),
            "real_accuracy": tf.reduce_mean(tf.cast(real > 0, tf.float32)),
            "fake_accuracy": tf.reduce_mean(tf.cast(fake <= 0, tf.float32)),
            "colorfulness": _magnitude(predicted) / (_magnitude(chroma) + 1e-6),
        }


def _magnitude(chroma):
    return tf.reduce_mean(tf.norm(chroma, axis=-1))


def _cross_entropy(labels, logits):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))


def _patch_discriminator(width):
    """The 70x70 PatchGAN: C64-C128-C256-C512, 4x4 convolutions (appendix 6.1.2)."""
    luminance = keras.Input((None, None, 1), name="luminance")
    chroma = keras.Input((None, None, 2), name="chroma")
    x = layers.Concatenate()([luminance, chroma])
    for level, strides in enumerate((2, 2, 2, 1)):
        x = layers.Conv2D(
            width * 2**level, 4, strides, padding="same", use_bias=level == 0, name=f"patch{level}"
        )(x)
        if level:
            x = layers.BatchNormalization(name=f"patch{level}_bn")(x)
        x = layers.LeakyReLU(0.2, name=f"patch{level}_relu")(x)
    x = layers.Conv2D(1, 4, padding="same", dtype="float32", name="patch_logits")(x)
    return keras.Model([luminance, chroma], x, name="discriminator")
