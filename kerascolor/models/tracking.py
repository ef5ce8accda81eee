"""What the models with a TensorFlow `train_step` of their own share."""

import tensorflow as tf

from kerascolor.models.base import ColorizerModel


class TrackingModel(ColorizerModel):
    """A model with a `train_step` of its own, whose `trackers` are the means of what it logs."""

    @property
    def metrics(self):
        # The first of Keras's is the mean of `compute_loss`, which these models do not call.
        return [*self.trackers, *super().metrics[1:]]

    def track(self, target, predicted, losses):
        """Updates the trackers, by name from `losses`, and gives all figures to log."""
        for tracker in self.trackers:
            tracker.update_state(losses[tracker.name])
        logs = self.compute_metrics(None, target, predicted)
        return {**logs, **{tracker.name: tracker.result() for tracker in self.trackers}}


def replicas():
    """Devices that share a step: Keras sums their gradients, so each loss is divided by this."""
    return tf.distribute.get_strategy().num_replicas_in_sync
