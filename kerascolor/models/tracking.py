"""What the models with losses of their own share, whose training steps need TensorFlow."""

import keras
import tensorflow as tf

from kerascolor.models.base import ColorizerModel


class TrackingModel(ColorizerModel):
    """A model whose training step has losses of its own, and logs the mean of each.

    A subclass sets `trackers` and gives `step_losses`.

    Attributes:
        trackers: A `keras.metrics.Mean` for each loss and figure that `step_losses` names.
    """

    def step_losses(self, luminance, target, training):
        """The prediction for a batch, and scalars by name: what "loss" is made of, and figures."""
        raise NotImplementedError

    def players(self):
        """Optimizer, name of its loss, and variables, of each network that learns."""
        return [(self.optimizer, "loss", self.trainable_variables)]

    def default_loss(self):
        return None

    def _check_loss(self, loss):
        if loss is not None:
            raise ValueError(
                f"{type(self).__name__} trains under losses of its own: compile it without loss="
            )

    def compile_from_config(self, config):
        # Files of version 0.1 name a loss, which took no part.
        super().compile_from_config({**config, "loss": None})

    @property
    def metrics(self):
        # The first of Keras's is the mean of `compute_loss`, which these models do not call.
        return [*self.trackers, *super().metrics[1:]]

    def train_step(self, batch):
        luminance, target = self._unpack(batch)
        players = self.players()
        with tf.GradientTape(persistent=True) as tape:
            predicted, losses = self._all_losses(luminance, target, training=True)
            # Keras sums the gradients of the devices that share a step.
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            scaled = [own.scale_loss(losses[name] / replicas) for own, name, _ in players]
        for (own, _, variables), loss in zip(players, scaled, strict=True):
            own.apply(tape.gradient(loss, variables), variables)
        return self._track(target, predicted, losses)

    def test_step(self, batch):
        luminance, target = self._unpack(batch)
        predicted, losses = self._all_losses(luminance, target, training=False)
        return self._track(target, predicted, losses)

    def _unpack(self, batch):
        luminance, target, weight = keras.utils.unpack_x_y_sample_weight(batch)
        if weight is not None:
            raise ValueError(
                f"{type(self).__name__} takes no sample_weight or class_weight: give luminance and "
                "target alone"
            )
        self.check_target(target)
        return luminance, target

    def _all_losses(self, luminance, target, training):
        predicted, losses = self.step_losses(luminance, target, training)
        losses["loss"] += self.loss_of_photos(luminance, target, predicted)
        return predicted, losses

    def _track(self, target, predicted, losses):
        """Updates the trackers of `losses`, and gives all figures to log."""
        silent = {tracker.name for tracker in self.trackers} - set(losses)
        for tracker in self.trackers:
            if tracker.name in losses:
                tracker.update_state(losses[tracker.name])
        logs = self.compute_metrics(None, target, predicted)
        return {name: value for name, value in logs.items() if name not in silent}
