"""Models -> SavedModels for TensorFlow Serving and others, which run without this package."""

import pathlib
import shutil

import tensorflow as tf

from kerascolor import color_ops
from kerascolor.export import graph, metadata
from kerascolor.export.graph import ExportError
from kerascolor.runtime import signature

COLORIZE = "serving_default"
PHOTOS = "photos"


def saved_model(model, path, image_size=256):
    """Writes a model as a SavedModel with two signatures.

    "serving_default" takes `luminance` (N, H, W, 1), and `temperature` (1,) or `noise` where the
    model has them, and gives `chroma` (N, H, W, 2) or `rgb` (N, H, W, 3), all float32. "photos"
    takes `photos` (N, height, width, 1 or 3) of uint8, grey or RGB, of any size, and gives
    `photos` (N, height, width, 3) of uint8 in RGB, at the model's own temperature and, instead of
    noise, the most likely colours. The photo's own luminance is kept at full detail, except with a
    model of infrared, whose view is enlarged. Decoding is left to the caller.

    Args:
        model: A model of this package.
        path: Folder to write; it must not exist, or be empty.
        image_size: Height and width at which the model runs, or a pair of them; multiples of the
            model's `size_multiple`.

    Raises:
        ExportError: The folder holds something, or the model can't take the size.

    Example:
        >>> kerascolor.export.saved_model(model, "mine")
        >>> run = tf.saved_model.load("mine").signatures["photos"]
        >>> run(photos=tf.io.decode_jpeg(jpeg)[None])["photos"]
    """
    path = pathlib.Path(path)
    graph.check_backend()
    if path.is_dir() and any(path.iterdir()) or path.is_file():
        raise ExportError(f"{path} exists and is not empty: choose a new folder")
    image_size = graph.check_image_size(model, image_size)
    model = graph.float32_copy(model)
    colorize = graph.concrete_function(model, image_size, batch_size=None)
    photos = _photos_function(model, image_size)
    module = tf.Module()
    module.weights = [*colorize.variables, *photos.variables]
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".part-{path.name}")
    try:
        tf.saved_model.save(module, aside, signatures={COLORIZE: colorize, PHOTOS: photos})
        aside.replace(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _photos_function(model, image_size):
    space = model.color_space

    @tf.function(autograph=False)
    def colorize_photos(photos):
        channels = tf.shape(photos)[-1]
        tf.debugging.assert_equal((channels - 1) * (channels - 3), 0, "photos need 1 or 3 channels")
        rgb = tf.tile(tf.cast(photos, tf.float32) / 255.0, [1, 1, 1, 3 // channels])
        rgb = tf.ensure_shape(rgb, (None, None, None, 3))
        luminance, _ = color_ops.rgb_to_luminance_chroma(rgb, space)
        # Antialiasing makes it an average where the photo is larger than the model's grid.
        small = tf.image.resize(luminance, image_size, antialias=True)
        output = model.colorize(**_neutral_inputs(model, small), luminance=small)
        if space == "rgb":
            _, output = color_ops.rgb_to_luminance_chroma(output, space)
        result = tf.image.resize(output, tf.shape(photos)[1:3])
        if not model.takes_infrared:
            result = color_ops.luminance_chroma_to_rgb(luminance, result, space)
        return {"photos": tf.cast(tf.round(255.0 * result), tf.uint8)}

    spec = tf.TensorSpec((None, None, None, None), tf.uint8, name="photos")
    return colorize_photos.get_concrete_function(photos=spec)


def _neutral_inputs(model, luminance):
    """The values, for a batch of luminances, of the inputs that the signature leaves out."""
    description = metadata.traits(model)
    inputs = {}
    for name, shape in model.export_inputs(luminance.shape[1:3]).items():
        entry = signature.find(name)
        if entry.neutral:
            values = entry.neutral(shape, description)
            inputs[name] = tf.repeat(values, tf.shape(luminance)[0] if entry.per_photo else 1, 0)
    return inputs
