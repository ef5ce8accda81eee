"""Classifiers of photos, by which colours are judged."""

import pathlib

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter


class ImageClassifier:
    """What a .tflite classifier takes a photo for, to see whether colours help or mislead it.

    Args:
        path: File with one input (1, H, W, 3), RGB. A float one takes (rgb - 127) / 128, rgb in
            0 to 255, as EfficientNet-Lite does; an integer one the same by its quantization, or,
            where that has nothing below 0, the levels 0 to 255 over its whole range. The first
            output has a score for each class, (1, classes).

    Raises:
        ValueError: The file is missing, not a .tflite file, or has other inputs or outputs.

    Example:
        >>> classify = ImageClassifier("classifier.tflite")
        >>> classify(result) == classify(original)
    """

    def __init__(self, path):
        try:
            self.interpreter = Interpreter(str(path))
            self.interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            reason = "not a .tflite file" if pathlib.Path(path).is_file() else "no such file"
            raise ValueError(f"{path}: {reason}: give a .tflite classifier") from error
        self.input, *others = self.interpreter.get_input_details()
        self.output = self.interpreter.get_output_details()[0]
        shape, scores = self.input["shape"].tolist(), self.output["shape"].tolist()
        if others or len(shape) != 4 or (shape[0], shape[3]) != (1, 3) or len(scores) != 2:
            raise ValueError(
                f"{path} is no classifier: it takes {1 + len(others)} inputs, the first {shape}, "
                f"and gives {scores}, but [1, H, W, 3] and [1, classes] are needed"
            )

    def __call__(self, rgb):
        """The class, an integer, of a photo (H, W, 3) uint8, which is brought to the input size."""
        _, height, width, _ = self.input["shape"].tolist()
        smaller = height < rgb.shape[0] or width < rgb.shape[1]
        interpolation = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        resized = cv2.resize(rgb, (width, height), interpolation=interpolation)
        self.interpreter.set_tensor(self.input["index"], self._values(resized)[None])
        self.interpreter.invoke()
        return int(np.argmax(self.interpreter.get_tensor(self.output["index"])))

    def _values(self, rgb):
        """A photo's levels as the input's type has them."""
        kind = self.input["dtype"]
        values = (rgb - np.float32(127)) / 128
        if kind == np.float32:
            return values
        lowest, highest = np.iinfo(kind).min, np.iinfo(kind).max
        scale, zero = self.input["quantization"]
        if zero == lowest:
            return (np.int16(rgb) + lowest).astype(kind)
        return np.clip(np.rint(values / scale + zero), lowest, highest).astype(kind)
