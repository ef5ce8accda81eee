"""A .tflite file that LiteRT runs, with the signature that the runtime goes by."""

import threading

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from kerascolor import presets
from kerascolor.runtime import signature

# Chroma is in [-1, 1], and what a model gives may be somewhat outside. This is so far outside that
# only damaged or diverged weights give it, and far below what overflows later.
BEYOND_ALL_COLORS = 1e3


class Model:
    """An exported model in memory.

    Args:
        path: Path of a .tflite file that `kerascolor.export.tflite` wrote.
        threads: Processor cores to use.

    Attributes:
        description: What the file says about itself, see `presets.describe`.
        shapes: Shape of each input by its name.
        output: Name of the output that gives the colours, "chroma" or "rgb".
        gives_logits: Whether it also says how likely each colour bin is.

    Raises:
        presets.PresetError: The file is missing, damaged or of another program.
    """

    def __init__(self, path, threads):
        self._path = path
        self.description = presets.describe(path)
        self.name = self.description.get("name", "this model")
        self.color_space = self.description["color_space"]
        self._runner = _load_runner(path, threads)
        self.shapes = _shapes(self._runner.get_input_details())
        outputs = _shapes(self._runner.get_output_details())
        try:
            signature.check(self.shapes, outputs, self.color_space)
        except ValueError as error:
            raise presets.PresetError(f"{path} can't be used: {error}; export it again") from error
        self.output = signature.OUTPUTS[self.color_space].name
        self.gives_logits = "logits" in outputs
        self._running = threading.Lock()

    def inputs(self, **given):
        """All inputs but luminance, by name: those given, and neutral values for the others.

        Args:
            **given: Arrays or numbers by the input's name; None for a neutral one.

        Raises:
            ValueError: The model takes no such input.
        """
        for name in given:
            if given[name] is not None and name not in self.shapes:
                raise ValueError(f"{self.name} takes no {name}")
        return {
            name: self._value(name, shape, given.get(name))
            for name, shape in self.shapes.items()
            if name != signature.LUMINANCE
        }

    def _value(self, name, shape, given):
        if given is None:
            return signature.find(name).neutral(shape, self.description)
        return np.broadcast_to(np.asarray(given, np.float32), shape)

    def run(self, luminance, inputs):
        """What the model says of luminance (h, w).

        Returns:
            Chroma (h, w, 2) or RGB (h, w, 3), float32.

        Raises:
            presets.PresetError: It can't be run, or answers with what is not finite or far from any
                colour.
        """
        answer = self._ask(luminance, inputs)[self.output][0]
        # NaN is not below it, either.
        if not np.abs(answer).max() < BEYOND_ALL_COLORS:
            raise presets.PresetError(f"{self._path} answers with what are no colours: train again")
        return answer

    def logits(self, luminance, inputs):
        """The logits (h / 4, w / 4, Q) over the colour bins, of a model that `gives_logits`."""
        return self._ask(luminance, inputs)["logits"][0]

    def _ask(self, luminance, inputs):
        try:
            with self._running:
                return self._runner(luminance=luminance[None, ..., None], **inputs)
        except (RuntimeError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise presets.PresetError(f"{self._path} can't be run by LiteRT: {reason}") from error


def _load_runner(path, threads):
    try:
        interpreter = Interpreter(str(path), num_threads=threads)
        interpreter.allocate_tensors()
        return interpreter.get_signature_runner(signature.NAME)
    except (ValueError, RuntimeError, MemoryError) as error:
        # The model is what was written, so that memory may be what lacks.
        reason = str(error).partition("\n")[0]
        raise presets.PresetError(f"{path} can't be loaded by LiteRT: {reason}") from error


def _shapes(details):
    return {name: tuple(map(int, detail["shape"])) for name, detail in details.items()}
