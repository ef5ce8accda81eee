"""Writes golden pairs: what each preset's .tflite gives for known inputs, for an app's own test.

    python -m tools.golden                      # of every preset, into docs/golden
    python -m tools.golden classifier vae       # of these

NAME.npz holds the inputs and the output by the names of the file's signature, all float32, and
`tflite_sha256` of the file that they belong to. Run this again whenever a preset's file changes.
"""

import pathlib

import numpy as np
import skimage
from absl import flags
from ai_edge_litert.interpreter import Interpreter

from kerascolor import presets, program
from kerascolor.runtime import resample, signature

FLAGS = flags.FLAGS

# Steps of what is stored, so that it compresses well. Those of the output, 0.11 of a* or b*, are
# far below what CPUs differ by; the luminance is fed as it is stored.
LUMINANCE_STEPS = 255
OUTPUT_STEPS = 1024

# How far another CPU or LiteRT release may be from the stored output. Kernels for int8 round in
# their own ways, and what is one step of 8 bits in a layer grows in those behind it.
MEAN_TOLERANCE = 0.01
PERCENTILE_TOLERANCE = 0.05  # of the 99th percentile


def golden(tflite):
    """The inputs and the output of a .tflite file by name, NumPy arrays of float32.

    Args:
        tflite: Path of a file that `kerascolor.export.tflite` wrote.

    Returns:
        Inputs and output, two dicts.
    """
    description = presets.describe(tflite)
    details = _runner(tflite).get_input_details()
    shapes = {name: tuple(detail["shape"]) for name, detail in details.items()}
    luminance = _luminance(shapes[signature.LUMINANCE], description["color_space"])
    # Drawn and not neutral, so that an app that forgets an input is found out.
    inputs = signature.feed(shapes, luminance, description, np.random.default_rng(0))
    return inputs, run(tflite, inputs)


def run(tflite, inputs):
    """The colours that a .tflite file gives for these inputs, both dicts by name."""
    output = signature.OUTPUTS[presets.describe(tflite)["color_space"]].name
    return {output: _runner(tflite)(**inputs)[output]}


def difference(given, wanted):
    """Mean and 99th percentile of how far two outputs are apart."""
    apart = np.abs(np.asarray(given) - wanted)
    return float(apart.mean()), float(np.percentile(apart, 99))


def write(tflite, path):
    """Writes the golden pair of a .tflite file."""
    inputs, output = golden(tflite)
    output = {name: _rounded(values, OUTPUT_STEPS) for name, values in output.items()}
    digest = np.array(presets.sha256(tflite))
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}")
    np.savez_compressed(aside, tflite_sha256=digest, **inputs, **output)
    aside.replace(path)


def _runner(tflite):
    interpreter = Interpreter(str(tflite), num_threads=1)
    interpreter.allocate_tensors()
    return interpreter.get_signature_runner(signature.NAME)


def _luminance(shape, color_space):
    pixels = resample.resize(skimage.data.astronaut(), *shape[1:3])
    luminance = resample.luminance(pixels, color_space)
    return _rounded(luminance, LUMINANCE_STEPS).reshape(shape)


def _rounded(values, steps):
    return (np.rint(values * np.float32(steps)) / np.float32(steps)).astype(np.float32)


def main(arguments):
    for name in arguments[1:] or sorted(presets.read()):
        path = pathlib.Path(FLAGS.output, f"{name}.npz")
        write(presets.path(name, "tflite"), path)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def define_flags():
    flags.DEFINE_string("output", "docs/golden", "Folder to write NAME.npz to.")


if __name__ == "__main__":
    program.run(main, define_flags)
