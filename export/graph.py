"""A model as a TensorFlow function with named inputs, and photos to run it on."""

import pathlib

import cv2
import keras
import numpy as np
import tensorflow as tf

from kerascolor import color, data


class ExportError(ValueError):
    """An export that can't be done or does not reach its quality; the message is one line."""


def check_backend():
    """Raises ExportError unless Keras runs on TensorFlow, whose graphs are what is exported."""
    if keras.backend.backend() != "tensorflow":
        raise ExportError("export needs Keras on TensorFlow: set KERAS_BACKEND=tensorflow")


def output_name(model):
    """ "rgb" or "chroma", the name of the model's output in every exported file."""
    return "rgb" if model.color_space == "rgb" else "chroma"


def float32_copy(model):
    """A copy of a model without the casts of one that was trained in half precision."""
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
    """The model's `colorize` for photos of (height, width), as a TensorFlow function.

    With `batch_size` None it takes any number of photos, of one temperature.
    """
    output = output_name(model)
    specs = {}
    for name, shape in model.export_inputs(image_size).items():
        shape = shape if name == "temperature" else (batch_size, *shape[1:])
        specs[name] = tf.TensorSpec(shape, tf.float32, name=name)

    @tf.function(autograph=False)
    def colorize(**inputs):
        return {output: model.colorize(**inputs)}

    return colorize.get_concrete_function(**specs)


def default_temperature(model):
    """The temperature that the model was made with; None for models without one."""
    return model.get_config().get("temperature")


def inputs_of(model, luminance, generator):
    """All of the model's inputs by name for one photo's luminance (1, H, W, 1).

    Noise is drawn from `generator`; the temperature is the model's own.
    """
    inputs = {}
    for name, shape in model.export_inputs(luminance.shape[1:3]).items():
        if name == "luminance":
            inputs[name] = luminance
        elif name == "temperature":
            inputs[name] = np.full(shape, default_temperature(model), np.float32)
        else:
            inputs[name] = generator.standard_normal(shape, np.float32)
    return inputs


def read_luminances(paths, image_size, color_space):
    """Luminances (N, H, W, 1) of the centres of photos; those that can't be decoded are left out.

    Args:
        paths: Photo files, or RGB arrays (H, W, 3) of uint8.
        image_size: (height, width); the photo's centre square is stretched to it.
        color_space: The model's.
    """
    luminances = []
    for photo in paths:
        if isinstance(photo, (str, pathlib.Path)):
            photo = data.read(photo)
        if photo is None:
            continue
        square = np.ascontiguousarray(data.centre_square(photo))
        square = cv2.resize(square, image_size[::-1], interpolation=cv2.INTER_AREA)
        rgb = square.astype(np.float32) / 255.0
        luminances.append(color.rgb_to_luminance_chroma(rgb, color_space)[0])
    return np.reshape(np.array(luminances, np.float32), (-1, *image_size, 1))


def spread(paths, count):
    """At most `count` of `paths`, evenly spaced, so that every source in a folder is among them."""
    if len(paths) <= count:
        return paths
    return [paths[index * len(paths) // count] for index in range(count)]
