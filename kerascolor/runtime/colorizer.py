"""Colours for photos of any size, by a LiteRT model.

The model sees the whole photo on its own small grid, and answers with chroma on that grid; a long
photo takes several of them, see `prepare`. Full detail comes from the photo, see `render`.
"""

import dataclasses
import functools
import math
import os
import threading

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from kerascolor import color, photo, presets
from kerascolor.runtime import prepare, render


class Colorizer:
    """Gives photos their colours.

    Args:
        path: Of a .tflite file that `kerascolor.export.tflite` wrote.
        threads: Processor cores to use; by default all.

    Attributes:
        description: What the file says about itself, see `presets.describe`.
        image_size: Height and width of the model's grid.
        takes_temperature: Whether the model is a classifier, which takes one.
        samples: Whether the model is a VAE, which can draw several colorizations.

    Raises:
        presets.PresetError: The file is missing, damaged or of another program.

    Example:
        >>> colorizer = kerascolor.load("classifier")
        >>> colorizer("grandmother.jpg").save("grandmother-in-colour.jpg")
    """

    def __init__(self, path, threads=None):
        self.description = presets.describe(path)
        if self.description["color_space"] not in color.COLOR_SPACES:
            space = self.description["color_space"]
            raise presets.PresetError(f"{path} has the unknown color_space {space!r}")
        self._threads = threads or os.cpu_count()
        self._runner = _load_runner(path, self._threads)
        inputs = self._runner.get_input_details()
        self.image_size = tuple(int(size) for size in inputs["luminance"]["shape"][1:3])
        self.takes_temperature = "temperature" in inputs
        self.samples = "noise" in inputs
        # Of what draws a VAE's latent vector: zeros draw the most likely one.
        self._noise_shape = inputs["noise"]["shape"] if self.samples else None
        self._name = self.description.get("name", "this model")
        self._running = threading.Lock()

    def __call__(self, picture, temperature=None, saturation=1.0, for_jpeg=False):
        """Colorizes a photo; its size and luminance stay as they are.

        Args:
            picture: A path; a PIL image; an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), grey,
                RGB or RGBA, of uint8 or uint16; or a `photo.Photo`.
            temperature: Of a classifier: towards 0 each spot takes its likeliest colour, towards 1
                and above the mean of all likely ones. By default the model's own.
            saturation: Factor of the chroma. It adds no information; 0 is grey.
            for_jpeg: Only for a `photo.Photo`: where it is large, of 8 bits and without alpha, it
                gets a `photo.PlanarPhoto`, in half the time.

        Returns:
            RGB, or RGBA where the picture has alpha, of the picture's kind and type; a PIL image
            for a path. PIL images have 8 bits a channel.

        Raises:
            photo.PhotoError: The file can't be read.
            ValueError: The picture is of no such kind, temperature or saturation are out of range,
                or the model takes no temperature.
        """
        if temperature is not None and not self.takes_temperature:
            raise ValueError(f"{self._name} takes no temperature, for it is no classifier")
        if temperature is not None and not 0 < temperature < math.inf:
            raise ValueError(f"temperature is {temperature}: give a positive number")
        _check_saturation(saturation)
        inputs = {}
        if self.takes_temperature:
            temperature = temperature or self.description["temperature"]
            inputs["temperature"] = np.array([temperature], np.float32)
        if self.samples:
            inputs["noise"] = np.zeros(self._noise_shape, np.float32)
        original, restore = _open(picture)
        for_jpeg = for_jpeg and original is picture
        return restore(self._colorize(original, inputs, saturation, for_jpeg))

    def sample(self, picture, n=5, temperature=1.0, saturation=1.0, seed=0):
        """Draws n different colorizations of a photo, by a model that `samples`.

        Args:
            picture, saturation: As in a call.
            n: How many, 1 or more.
            temperature: Factor of what tells the draws apart; 0 makes all the likeliest one.
            seed: Whole number of 0 or more; the same one draws the same colours.

        Returns:
            List of n pictures, each as from a call.

        Raises:
            photo.PhotoError: The file can't be read.
            ValueError: As in a call, or the model does not sample.
        """
        original, restore = _open(picture)
        drawn = [self.draw(original, i, temperature, saturation, seed) for i in range(n)]
        return [restore(result) for result in drawn]

    def draw(self, picture, index, temperature=1.0, saturation=1.0, seed=0, for_jpeg=False):
        """The colorization of this index among those of `sample`."""
        if not self.samples:
            raise ValueError(f"{self._name} draws no samples: use a VAE, such as the preset vae")
        if not (index >= 0 and seed >= 0 and 0 <= temperature < math.inf):
            raise ValueError(
                f"index is {index}, seed {seed} and temperature {temperature}: give 0 or more"
            )
        _check_saturation(saturation)
        generator = np.random.default_rng((seed, index))
        noise = temperature * generator.standard_normal(self._noise_shape, np.float32)
        original, restore = _open(picture)
        for_jpeg = for_jpeg and original is picture
        inputs = {"noise": np.float32(noise)}
        return restore(self._colorize(original, inputs, saturation, for_jpeg))

    def _colorize(self, original, inputs, saturation, for_jpeg):
        """The `photo.Photo` in colour; `inputs` are the model's beside luminance."""
        color_space = self.description["color_space"]
        pixels = original.pixels
        small = render.shrink(pixels)
        size = prepare.grid_size(small.shape[:2], self.image_size)
        grid = render.luminance(render.resize(small, *size), color_space)
        predict = functools.partial(self._predict, inputs=inputs)
        chroma = prepare.through_windows(
            predict, prepare.smooth(prepare.stretch(grid)), self.image_size
        )
        chroma = chroma * np.float32(saturation)
        is_large = len(small) < len(pixels)
        has_planes = for_jpeg and is_large and pixels.dtype == np.uint8 and original.alpha is None
        merge = render.merge_planes if has_planes else render.merge
        pixels = merge(pixels, small, *render.follow(grid, chroma), color_space, self._threads)
        if has_planes:
            return photo.PlanarPhoto(pixels, **original.metadata())
        return dataclasses.replace(original, pixels=pixels)

    def _predict(self, grid, inputs):
        """Chroma (h, w, 2) for the grid's luminance (h, w)."""
        with self._running:
            outputs = self._runner(luminance=grid[None, ..., None], **inputs)
        if "rgb" in outputs:
            return color.rgb_to_luminance_chroma(outputs["rgb"][0], "rgb")[1]
        return outputs["chroma"][0]


def _check_saturation(saturation):
    """Raises ValueError unless it is a number of 0 or more."""
    if not 0 <= saturation < math.inf:
        raise ValueError(f"saturation is {saturation}: give 0 or more")


def _open(picture):
    """The `photo.Photo` of a picture, and the function from a result to the picture's kind."""
    if isinstance(picture, photo.Photo):
        return picture, lambda result: result
    if isinstance(picture, np.ndarray):
        return _from_array(picture), _to_array
    if isinstance(picture, Image.Image):
        return photo.from_image(picture), photo.to_image
    if isinstance(picture, (str, os.PathLike)):
        return photo.read(picture), photo.to_image
    raise ValueError(f"a {type(picture).__name__} is no path, PIL image or NumPy array")


def _load_runner(path, threads):
    try:
        interpreter = Interpreter(str(path), num_threads=threads)
        interpreter.allocate_tensors()
        runner = interpreter.get_signature_runner("colorize")
    except (ValueError, RuntimeError) as error:
        raise presets.PresetError(f"{path} is damaged: LiteRT can't load it") from error
    inputs, outputs = set(runner.get_input_details()), set(runner.get_output_details())
    if not {"luminance"} <= inputs <= {"luminance", "temperature", "noise"} or outputs not in (
        {"chroma"},
        {"rgb"},
    ):
        raise presets.PresetError(
            f"{path} has another signature (from {', '.join(sorted(inputs))} to "
            f"{', '.join(sorted(outputs))}): export it again"
        )
    return runner


def _from_array(array):
    """The `photo.Photo` of an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)."""
    if array.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"an array of {array.dtype} is no photo: give uint8 or uint16")
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or 0 in array.shape:
        raise ValueError(
            f"an array of shape {array.shape} is no photo: give (H, W), (H, W, 1), (H, W, 3) or "
            "(H, W, 4)"
        )
    if channels == 1:
        return photo.Photo(np.ascontiguousarray(array.reshape(array.shape[:2])))
    alpha = np.ascontiguousarray(array[..., 3]) if channels == 4 else None
    return photo.Photo(np.ascontiguousarray(array[..., :3]), alpha)


def _to_array(result):
    return result.pixels if result.alpha is None else cv2.merge([result.pixels, result.alpha])


def load(model="classifier", threads=None):
    """The colorizer of a preset or a .tflite file; the same one when it is asked for again.

    Args:
        model: Name of a preset, or path of a .tflite file.
        threads: Processor cores to use; by default all.

    Raises:
        presets.PresetError: There is no such preset, or its file is damaged or of another program.
    """
    if not os.fspath(model).lower().endswith(".tflite"):
        return _load_preset(os.fspath(model), threads)
    try:
        written = os.stat(model).st_mtime_ns
    except OSError as error:
        raise presets.PresetError(f"{model} can't be read: {error.strerror}") from error
    return _load_file(os.fspath(model), written, threads)


@functools.lru_cache(maxsize=4)
def _load_preset(name, threads):
    return Colorizer(presets.path(name, "tflite"), threads)


@functools.lru_cache(maxsize=4)
def _load_file(path, _written, threads):
    """The colorizer of a file, anew when it was written anew."""
    return Colorizer(path, threads)


def colorize(picture, model="classifier", temperature=None, saturation=1.0):
    """Colorizes a photo: a path, PIL image or array; see `Colorizer.__call__` and `load`.

    Example:
        >>> kerascolor.colorize("grandmother.jpg").save("grandmother-in-colour.jpg")
    """
    return load(model)(picture, temperature, saturation)
