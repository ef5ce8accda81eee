"""Models -> TFLite files that describe themselves and are shown to give the model's colours."""

import contextlib
import pathlib
import tempfile

import tensorflow as tf

from kerascolor import atomic, data
from kerascolor.export import graph, metadata, proof, quantize
from kerascolor.export.graph import ExportError

SIGNATURE = "colorize"
# Photos that the ranges of int8 activations are measured on, and the fewest that are trusted.
CALIBRATION_PHOTOS = 128
FEWEST_CALIBRATION_PHOTOS = 100


def tflite(
    model,
    path,
    quantization="none",
    calibration=None,
    image_size=256,
    photos=None,
    licence=None,
    training_data=None,
):
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
        photos: Folder of photos to prove the file on; by default those of `calibration`, or else
            those that come with scikit-image.
        licence: Of the weights, for the metadata.
        training_data: What the weights were trained on, for the metadata.

    Returns:
        dict: The metadata, with the proof's figures.

    Raises:
        ExportError: Too few photos, an operation that LiteRT lacks, or too low a quality.
        FileNotFoundError: A folder that is missing or has no photos.

    Example:
        >>> kerascolor.export.tflite(model, "mine.tflite", "int8", calibration="photos")
    """
    path = _check(path, quantization, calibration)
    image_size = graph.check_image_size(model, image_size)
    path.parent.mkdir(parents=True, exist_ok=True)
    model = graph.float32_copy(model)
    luminances = None
    if quantization == "int8":
        luminances = _calibration_luminances(calibration, image_size, model.color_space)
    content = _convert(model, image_size, quantization, luminances)
    figures = proof.prove(content, model, image_size, quantization, photos or calibration)
    description = metadata.describe(
        content, model, path.stem, image_size, quantization, licence, training_data
    )
    description["proof"] = figures
    _write(path, content, description, model.export_inputs(image_size))
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
        raise ExportError(
            f"int8 needs calibration: name a folder of at least {FEWEST_CALIBRATION_PHOTOS} photos"
        )
    return path


def _calibration_luminances(folder, image_size, color_space):
    """Luminances (N, H, W, 1) of training photos; of all photos where those are too few."""
    fewest = FEWEST_CALIBRATION_PHOTOS
    paths = data.find_photos(folder, "all")
    if len(paths) >= fewest:
        with contextlib.suppress(FileNotFoundError):
            training = data.find_photos(folder, "train")
            paths = training if len(training) >= fewest else paths
    luminances = graph.read_luminances(
        graph.spread(paths, CALIBRATION_PHOTOS), image_size, color_space
    )
    if len(luminances) < fewest:
        raise ExportError(
            f"{folder} has {len(luminances)} readable photos for the calibration: "
            f"int8 needs at least {fewest}"
        )
    return luminances


def network(model, signature):
    """The float32 flatbuffer, as bytes, of any Keras model of one input, for a batch of one.

    Args:
        model: From one tensor of known size to one tensor; the file calls them by the names of
            the model's input and output.
        signature: The name of the file's signature.
    """
    (given,), (made,) = model.inputs, model.output_names

    @tf.function(autograph=False)
    def run(**inputs):
        return {made: model(inputs[given.name], training=False)}

    spec = tf.TensorSpec((1, *given.shape[1:]), tf.float32, name=given.name)
    with _converter(run.get_concrete_function(**{given.name: spec}), signature) as converter:
        return converter.convert()


@contextlib.contextmanager
def _converter(function, signature):
    """A converter of a TensorFlow function to LiteRT's built-in operations."""
    module = tf.Module()
    module.weights = function.variables
    with tempfile.TemporaryDirectory() as folder:
        # Only a SavedModel's signature can be given a name.
        tf.saved_model.save(module, folder, signatures={signature: function})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[signature])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        yield converter


def _convert(model, image_size, quantization, luminances):
    """The flatbuffer, as bytes."""
    with _converter(graph.concrete_function(model, image_size), SIGNATURE) as converter:
        try:
            return quantize.MODES[quantization](converter, model, luminances)
        except Exception as error:
            lacking = {e.operator.name for e in getattr(error, "errors", ()) if e.operator.name}
            if not lacking:
                raise
            raise ExportError(
                f"{type(model).__name__} can't be exported: LiteRT has no built-in "
                f"{', '.join(sorted(lacking))}"
            ) from error


def _write(path, content, description, inputs):
    """Writes the three files aside, then renames them, the .tflite last."""
    files = {
        path.with_suffix(".json"): metadata.as_json(description).encode(),
        path.with_suffix(".md"): metadata.card(description, inputs).encode(),
        path: metadata.append(content, description),
    }
    with contextlib.ExitStack() as stack:
        # They are renamed in the opposite order.
        for final in reversed(files):
            file = stack.enter_context(atomic.replacing(final))
            file.write(files[final])
            # All of them are on the disk before the first is renamed.
            file.flush()
