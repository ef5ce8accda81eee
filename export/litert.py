"""Models -> TFLite files that describe themselves and are shown to give the model's colours."""

import contextlib
import dataclasses
import os
import pathlib
import tempfile

import numpy as np
import tensorflow as tf

from kerascolor import atomic
from kerascolor.export import card, graph, metadata, photos, proof, quantize
from kerascolor.export.graph import ExportError
from kerascolor.runtime import signature


@dataclasses.dataclass(frozen=True)
class Options:
    """What a file is proved on, and what it says of its weights.

    Args:
        photos: Folder of photos to prove the file on; by default those of the calibration, or
            else those that come with scikit-image.
        licence: Licence of the weights, for the metadata.
        training_data: What the weights were trained on, for the metadata.
    """

    photos: str | os.PathLike | None = None
    licence: str | None = None
    training_data: str | None = None


def tflite(model, path, quantization="none", calibration=None, image_size=256, options=None):
    """Writes a model as PATH.tflite with PATH.json and a model card PATH.md, after proving it.

    The file has one signature, "colorize", for one photo of a fixed size: float32 in and out, and
    LiteRT's built-in operations only. It is run on photos and compared with the Keras model; where
    it falls short of its quantization's threshold (proof.THRESHOLDS), nothing is written. Files
    that exist are replaced, but only by finished ones.

    Args:
        model: A model of this package.
        path: Ends in .tflite; its name without that is the name that the file carries.
        quantization: "none"; "float16" weights; "dynamic", int8 weights of all large kernels; or
            "int8" throughout, but for the first convolutions and the colour head.
        calibration: Folder of at least 100 photos, for "int8".
        image_size: Height and width, or a pair of them; multiples of the model's `size_multiple`.
        options: `Options`, or None for its defaults.

    Returns:
        dict: The metadata, with the proof's figures.

    Raises:
        ExportError: Too few photos, an operation that LiteRT lacks, or too low a quality.
        ValueError: The model has an input that `runtime.signature` does not know.
        FileNotFoundError: A folder that is missing or has no photos.

    Example:
        >>> kerascolor.export.tflite(model, "mine.tflite", "int8", calibration="photos")
    """
    path = _check(path, quantization, calibration)
    options = options or Options()
    image_size = graph.check_image_size(model, image_size)
    path.parent.mkdir(parents=True, exist_ok=True)
    model = graph.float32_copy(model)
    description = metadata.describe(model, path.stem, image_size, quantization, options)
    samples = None
    if quantization == "int8":
        luminances = photos.for_calibration(calibration, image_size, model.color_space)
        samples = _samples(model.export_inputs(image_size), luminances, description)
    content = _convert(model, image_size, quantization, samples)
    description |= metadata.digest(content)
    description["proof"] = proof.prove(content, model, description, options.photos or calibration)
    card_text = card.write(description, model.export_inputs(image_size), model.further_outputs)
    _write(path, content, description, card_text)
    return description


def _check(path, quantization, calibration):
    path = pathlib.Path(path)
    graph.check_backend()
    if quantization not in quantize.MODES:
        choices = ", ".join(quantize.MODES)
        raise ExportError(f"quantization {quantization!r} is unknown: use one of {choices}")
    if path.suffix != ".tflite":
        raise ExportError(f"{path}: give a path that ends in .tflite")
    if quantization == "int8" and calibration is None:
        fewest = photos.FEWEST_CALIBRATION_PHOTOS
        raise ExportError(f"int8 needs calibration: name a folder of at least {fewest} photos")
    return path


def _samples(shapes, luminances, description):
    """A function that gives an iterator of all inputs for each of the luminances (N, H, W, 1)."""
    generator = np.random.default_rng(0)
    return lambda: (
        signature.feed(shapes, luminance[None], description, generator) for luminance in luminances
    )


def network(model, signature_name):
    """The float32 flatbuffer, as bytes, of any Keras model of one input, for a batch of one.

    Args:
        model: From one tensor of known size to one tensor; the file calls them by the names of
            the model's input and output.
        signature_name: The name of the file's signature.
    """
    (given,), (made,) = model.inputs, model.output_names

    @tf.function(autograph=False)
    def run(**inputs):
        return {made: model(inputs[given.name], training=False)}

    spec = tf.TensorSpec((1, *given.shape[1:]), tf.float32, name=given.name)
    with _converter(run.get_concrete_function(**{given.name: spec}), signature_name) as converter:
        return converter.convert()


@contextlib.contextmanager
def _converter(function, signature_name):
    """A converter of a TensorFlow function to LiteRT's built-in operations."""
    module = tf.Module()
    module.weights = function.variables
    with tempfile.TemporaryDirectory() as folder:
        # Only a SavedModel's signature can be given a name.
        tf.saved_model.save(module, folder, signatures={signature_name: function})
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=[signature_name]
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        yield converter


def _convert(model, image_size, quantization, samples):
    """The flatbuffer, as bytes."""
    with _converter(graph.concrete_function(model, image_size), signature.NAME) as converter:
        try:
            return quantize.MODES[quantization](converter, samples)
        except Exception as error:
            lacking = {e.operator.name for e in getattr(error, "errors", ()) if e.operator.name}
            if not lacking:
                raise
            raise ExportError(
                f"{type(model).__name__} can't be exported: LiteRT has no built-in "
                f"{', '.join(sorted(lacking))}"
            ) from error


def _write(path, content, description, card_text):
    """Writes the three files aside, then renames them, the .tflite last."""
    files = {
        path.with_suffix(".json"): metadata.as_json(description).encode(),
        path.with_suffix(".md"): card_text.encode(),
        path: metadata.append(content, description),
    }
    with contextlib.ExitStack() as stack:
        # They are renamed in the opposite order.
        for final in reversed(files):
            file = stack.enter_context(atomic.replacing(final))
            file.write(files[final])
            # All of them are on the disk before the first is renamed.
            file.flush()
