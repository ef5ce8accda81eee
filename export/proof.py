"""Whether an exported file gives the colours of the model that it was made from."""

import collections

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from skimage.color import deltaE_ciede2000

from kerascolor import color
from kerascolor.export import photos
from kerascolor.export.graph import ExportError
from kerascolor.runtime import signature

# Lowest PSNR in dB of the file's photos against the model's, by quantization.
THRESHOLDS = {"none": 60.0, "float16": 55.0, "dynamic": 45.0, "int8": 40.0}


def prove(content, model, description, folder=None):
    """Runs a file's content by LiteRT on photos and compares them with the model's.

    Args:
        content: The flatbuffer, as bytes.
        model: The Keras model that it was made from.
        description: What `metadata.describe` says of the file.
        folder: A folder of photos; None takes scikit-image's.

    Returns:
        dict: Photos, their PSNR in dB (of all together, and the lowest), largest and
        99th-percentile CIEDE2000 over all pixels, operations, and those that XNNPACK does not
        take, by name and number.

    Raises:
        ExportError: The PSNR is below the threshold, or LiteRT can't run the file.
    """
    quantization, color_space = description["quantization"], description["color_space"]
    try:
        interpreter = Interpreter(model_content=content, num_threads=2)
        operations, left = operation_counts(interpreter)
    except RuntimeError as error:
        raise ExportError(
            f"LiteRT can't run the {quantization} file ({error}): train the model further, or "
            "choose another quantization"
        ) from error
    run = interpreter.get_signature_runner(signature.NAME)
    image_size = tuple(description["image_size"])
    shapes, output = model.export_inputs(image_size), signature.OUTPUTS[color_space].name
    generator = np.random.default_rng(0)
    errors, differences = [], []
    for luminance in photos.for_proof(folder, image_size, color_space):
        inputs = signature.feed(shapes, luminance[None], description, generator)
        wanted = photo(luminance, np.array(model.colorize(**inputs)[0]), color_space)
        given = photo(luminance, run(**inputs)[output][0], color_space)
        errors.append(float(np.mean((given - wanted) ** 2)))
        differences.append(deltaE_ciede2000(*(_lab(rgb) for rgb in (wanted, given))))
    figures = {
        "photos": len(errors),
        "psnr": _psnr(np.mean(errors)),
        "lowest_psnr": _psnr(np.max(errors)),
        "threshold": THRESHOLDS[quantization],
        "largest_ciede2000": round(float(np.max(differences)), 3),
        "ciede2000_99th_percentile": round(float(np.percentile(differences, 99)), 3),
        "operations": operations,
        "not_on_xnnpack": left,
    }
    # Written so that NaN fails too.
    if not figures["psnr"] >= figures["threshold"]:
        raise ExportError(
            f"the {quantization} file gives other colours than the model: PSNR of its photos is "
            f"{figures['psnr']} dB, below {figures['threshold']:g}; nothing was written"
        )
    return figures


def summary(path, description):
    """The proof's figures in one line."""
    figures = description["proof"]
    left = sum(figures["not_on_xnnpack"].values())
    return (
        f"{path}: {description['bytes'] / 1e6:.2f} MB, {description['quantization']}, photos "
        f"within {figures['psnr']} dB PSNR of the model's (at least {figures['threshold']:g}), "
        f"CIEDE2000 {figures['ciede2000_99th_percentile']} at the 99th percentile and at most "
        f"{figures['largest_ciede2000']}, {figures['operations'] - left} of "
        f"{figures['operations']} operations on XNNPACK"
    )


def photo(luminance, output, color_space):
    """The photo, RGB (H, W, 3) in [0, 1] rounded to 8 bits, of a luminance and a model's output."""
    rgb = color.target_to_rgb(luminance, output, color_space)
    return np.rint(255.0 * rgb) / np.float32(255.0)


def _lab(rgb):
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)


def _psnr(error):
    """In dB; 120 stands for equal photos."""
    return round(float(-10.0 * np.log10(max(error, 1e-12))), 2)


def operation_counts(interpreter):
    """How many operations a file has, and a dict of those that its delegate does not take.

    The interpreter lists all operations and the delegate's parts behind them. Whatever a part or
    the output needs that no part gives, and that is no input or constant, was left to LiteRT.
    """
    interpreter.allocate_tensors()
    listed = interpreter._get_ops_details()
    parts = [operation for operation in listed if operation["op_name"] == "DELEGATE"]
    operations = [operation for operation in listed if operation["op_name"] != "DELEGATE"]
    maker = {output: operation for operation in operations for output in operation["outputs"]}
    done = {output for part in parts for output in part["outputs"]}
    needed = [detail["index"] for detail in interpreter.get_output_details()]
    needed += [tensor for part in parts for tensor in part["inputs"]]
    left = collections.Counter()
    while needed:
        tensor = needed.pop()
        if tensor in maker and tensor not in done:
            done.update(maker[tensor]["outputs"])
            needed += list(maker[tensor]["inputs"])
            left[maker[tensor]["op_name"]] += 1
    return len(operations), dict(left)
