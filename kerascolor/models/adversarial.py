"""What an adversarial model needs: a discriminator of patches, its optimizer, losses and logs."""

import keras
import tensorflow as tf
from keras import layers

# What `AdversarialModel.judge` gives, but for the accuracies on predictions.
LOGGED = ("adversarial", "discriminator", "real_accuracy", "colorfulness")


class AdversarialModel:
    """What makes of a `TrackingModel` one that learns from a discriminator, in the same steps.

    It has no base of its own and comes first among a class's bases: Keras exchanges the base of
    functional models, and fails where it meets it by two ways. A subclass sets `discriminator`,
    and `step_losses` takes from `judge` what it adds to its loss. A callback that changes the
    learning rate changes both, in the proportion that they had.

    Attributes:
        discriminator: Model from condition and target to logits, positive for real targets.
        discriminator_optimizer: Its optimizer.

    The logged `real_accuracy`, and the like of predictions, say how often the discriminator is
    right: all near 1 it has won, all near 0.5 it has lost, and either way the generator learns
    nothing from it. `colorfulness` is the mean magnitude of the predicted target over the
    original's: a collapse shows in it.
    """

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
        for own, _, variables in self.players():
            own.build(variables)
        self._rate_ratio = _ratio(*(_constant_rate(own) for own, *_ in self.players()))

    def get_compile_config(self):
        optimizer = keras.saving.serialize_keras_object(self.discriminator_optimizer)
        return {**super().get_compile_config(), "discriminator_optimizer": optimizer}

    def players(self):
        judging = {id(variable) for variable in self.discriminator.trainable_variables}
        generating = [v for v in self.trainable_variables if id(v) not in judging]
        return [
            (self.optimizer, "loss", generating),
            (
                self.discriminator_optimizer,
                "discriminator",
                self.discriminator.trainable_variables,
            ),
        ]

    def train_step(self, batch):
        if self._rate_ratio is not None:
            # Once for all devices that share the step.
            tf.distribute.get_replica_context().merge_call(self._follow_learning_rate)
        return super().train_step(batch)

    def _follow_learning_rate(self, strategy):
        rate = self.optimizer.learning_rate * self._rate_ratio
        self.discriminator_optimizer.learning_rate.assign(rate)

    def judge(self, condition, target, predictions, training):
        """Losses of both networks for a batch, and signs of a collapse, by the names of `LOGGED`.

        Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014, with the generator's loss
        that does not saturate.

        Args:
            predictions: What the generator gave, by name. Each counts alike; NAME_accuracy tells
                how often the discriminator is right about it. The first one is what `predict` or
                `sample` gives, and its colourfulness is logged.
        """
        real = self.discriminator([condition, target], training=training)
        fakes = {
            name: self.discriminator([condition, predicted], training=training)
            for name, predicted in predictions.items()
        }
        real_loss = _cross_entropy(tf.ones_like(real), real)
        fake_losses = [_cross_entropy(tf.zeros_like(fake), fake) for fake in fakes.values()]
        adversarial = [_cross_entropy(tf.ones_like(fake), fake) for fake in fakes.values()]
        used = next(iter(predictions.values()))
        return {
            "adversarial": tf.reduce_mean(adversarial),
            # Halved, to slow the discriminator (Isola et al. 2017, section 3.3).
            "discriminator": 0.5 * (real_loss + tf.reduce_mean(fake_losses)),
            "real_accuracy": tf.reduce_mean(tf.cast(real > 0, tf.float32)),
            "colorfulness": magnitude(used) / (magnitude(target) + 1e-6),
            **{
                f"{name}_accuracy": tf.reduce_mean(tf.cast(fake <= 0, tf.float32))
                for name, fake in fakes.items()
            },
        }


def patch_discriminator(condition_shape, target_shape, width=64):
    """The 70x70 PatchGAN: C64-C128-C256-C512, 4x4 convolutions (Isola et al. 2017, appendix 6.1.2).

    Args:
        condition_shape, target_shape: The shapes of one photo's, such as (None, None, 1).
        width: Channels of the first convolution.

    Returns:
        `keras.Model` from [condition, target] to a logit for every patch.
    """
    condition = keras.Input(condition_shape, name="condition")
    target = keras.Input(target_shape, name="target")
    x = layers.Concatenate()([condition, target])
    for level, strides in enumerate((2, 2, 2, 1)):
        x = layers.Conv2D(
            width * 2**level, 4, strides, padding="same", use_bias=level == 0, name=f"patch{level}"
        )(x)
        if level:
            x = layers.BatchNormalization(name=f"patch{level}_bn")(x)
        x = layers.LeakyReLU(0.2, name=f"patch{level}_relu")(x)
    x = layers.Conv2D(1, 4, padding="same", dtype="float32", name="patch_logits")(x)
    return keras.Model([condition, target], x, name="discriminator")


def _constant_rate(optimizer):
    """An optimizer's learning rate; None where a schedule changes it."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    rate = inner.get_config()["learning_rate"]
    return rate if isinstance(rate, float) else None


def _ratio(rate, other):
    return None if not rate or other is None else other / rate


def magnitude(chroma):
    """Mean length of a target's colours (N, H, W, C), or of their differences."""
    return tf.reduce_mean(tf.norm(chroma, axis=-1))


def _cross_entropy(labels, logits):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))
