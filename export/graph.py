"""A model as a TensorFlow function with named inputs."""

import keras
import numpy as np
import tensorflow as tf

from kerascolor.runtime import signature


class ExportError(ValueError):
    """An export that can't be done or does not reach its quality; the message is one line."""


def check_backend():
    """Raises ExportError unless Keras runs on TensorFlow, whose graphs are what is exported."""
    if keras.backend.backend() != "tensorflow":
        raise ExportError("export needs Keras on TensorFlow: set KERAS_BACKEND=tensorflow")


def float32_copy(model):
    """A copy of a model without the casts of one that was trained in half precision.

    Raises:
        ExportError: A weight is NaN or infinite.
    """
    for variable in model.weights:
        if not np.isfinite(variable).all():
            raise ExportError(
                f"the weights {variable.path} of the {type(model).__name__} are not finite: train "
                "it again, at a lower learning rate"
            )
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        copy = type(model)(**model.get_config())
    finally:
        keras.config.set_dtype_policy(policy)
    copy.set_weights(model.get_weights())
    return copy


def check_image_size(model, image_size):
    """(height, width) of an int or a pair; ValueError where the model can't take them."""
    height, width = np.broadcast_to(image_size, 2).tolist()
    multiple = model.size_multiple
    if min(height, width) < 1 or height % multiple or width % multiple:
        raise ExportError(
            f"image size {height} x {width}: {type(model).__name__} needs multiples of {multiple}"
        )
    model.check_luminance(np.empty((1, height, width, 1)))
    return height, width


def concrete_function(model, image_size, batch_size=1):
    """What the model has `exported`, for photos of (height, width), as a TensorFlow function.

    With `batch_size` None it takes any number of photos, which share the inputs that are not
    given photo by photo.

    Raises:
        ValueError: The model has an input that `runtime.signature` does not know.
    """
    specs = {}
    for name, shape in model.export_inputs(image_size).items():
        if signature.find(name).per_photo:
            shape = (batch_size, *shape[1:])
        specs[name] = tf.TensorSpec(shape, tf.float32, name=name)

    @tf.function(autograph=False)
    def colorize(**inputs):
        return model.exported(**inputs)

    return colorize.get_concrete_function(**specs)
