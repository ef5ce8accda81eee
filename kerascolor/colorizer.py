"""Colours for photos of any size, by a LiteRT model.

The model sees the whole photo on its own small grid, and answers with chroma on that grid; a long
photo takes several of them, see `views`. Full detail comes from the photo: around each grid point a
linear model lets chroma follow the photo's luminance, as in "Fast Guided Filter" (He and Sun 2015),
and joins it at the photo's own resolution. `kerascolor.train.upsampling` measures this beside other
ways.
"""

import dataclasses
import functools
import math
import os
import threading
from concurrent import futures

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from kerascolor import color, photo, presets, views

# How many grid points around each one tell how chroma follows luminance. A model's own resolution
# is a quarter of its grid's.
RADIUS = 2
# Variance of luminance, in [0, 1], where chroma follows it by half.
EPSILON = 1e-3
ENLARGING = cv2.INTER_CUBIC
# Rows that a thread does at a time: so few that they stay in its cache, of the small photo and of
# the large one, which has some more to read on either side.
STRIP = 64
LARGE_STRIP = 256
# What brings the differences of 8 bits from grey into 8 bits themselves.
MIDDLE = 128


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

    def __call__(self, picture, temperature=None, saturation=1.0):
        """Colorizes a photo; its size and luminance stay as they are.

        Args:
            picture: A path; a PIL image; an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), grey,
                RGB or RGBA, of uint8 or uint16; or a `photo.Photo`.
            temperature: Of a classifier: towards 0 each spot takes its likeliest colour, towards 1
                and above the mean of all likely ones. By default the model's own.
            saturation: Factor of the chroma. It adds no information; 0 is grey.

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
        return restore(self._colorize(original, inputs, saturation))

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

    def draw(self, picture, index, temperature=1.0, saturation=1.0, seed=0):
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
        return restore(self._colorize(original, {"noise": np.float32(noise)}, saturation))

    def _colorize(self, original, inputs, saturation):
        """The `photo.Photo` in colour; `inputs` are the model's beside luminance."""
        color_space = self.description["color_space"]
        pixels = original.pixels
        small = shrink(pixels)
        size = views.grid_size(small.shape[:2], self.image_size)
        grid = luminance(resize(small, *size), color_space)
        predict = functools.partial(self._predict, inputs=inputs)
        chroma = views.through_windows(predict, views.smooth(views.stretch(grid)), self.image_size)
        chroma = chroma * np.float32(saturation)
        pixels = merge(pixels, small, *follow(grid, chroma), color_space, self._threads)
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


def shrink(pixels):
    """Pixels (H, W) or (H, W, 3) halved in size while their short side stays above `photo.DETAIL`.

    Two by two are averaged; a last odd row or column is its own pair.
    """
    while min(pixels.shape[:2]) >= 2 * photo.DETAIL:
        height, width = pixels.shape[:2]
        if height % 2 or width % 2:
            border = cv2.BORDER_REPLICATE
            pixels = cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, border)
        size = (width + 1) // 2, (height + 1) // 2
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return pixels


def resize(pixels, height, width):
    """Pixels (H, W) or (H, W, 3) at another size: averaged where smaller, bicubic where larger."""
    smaller = min(width, pixels.shape[1]), min(height, pixels.shape[0])
    pixels = cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA)
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_CUBIC)


def luminance(pixels, color_space):
    """Luminance (H, W) in [0, 1], float32, of grey (H, W) or RGB (H, W, 3) pixels."""
    if pixels.ndim == 2:
        return _grey_luminance(color_space, np.iinfo(pixels.dtype).max)[pixels]
    rgb = pixels / np.float32(np.iinfo(pixels.dtype).max)
    return color.rgb_to_luminance_chroma(rgb, color_space)[0][..., 0]


@functools.cache
def _grey_luminance(color_space, white):
    """Luminance (white + 1,) of each grey level."""
    # Found backwards, for that is where OpenCV's Lab is exact; forwards it errs by 0.2 of L*.
    steps = np.linspace(0, 1, 65536, dtype=np.float32)[None, :, None]
    greys = color.luminance_chroma_to_rgb(steps, np.zeros((1, 65536, 2), np.float32), color_space)
    levels = np.linspace(0, 1, white + 1)
    return np.interp(levels, greys[0, :, 1], steps[0, :, 0]).astype(np.float32)


def follow(grid, chroma):
    """How chroma follows luminance around each grid point: chroma = slope * luminance + offset.

    Slopes are those of the guided filter. Its offsets smooth the chroma; these do not, so that at
    the grid's own resolution nothing changes.

    Args:
        grid: Luminance (h, w) in [0, 1].
        chroma: (h, w, 2) in [-1, 1].

    Returns:
        Slope and offset, each (h, w, 2).
    """
    size = 2 * RADIUS + 1, 2 * RADIUS + 1
    guide = cv2.merge([grid, grid])
    mean = cv2.blur(guide, size)
    variance = cv2.blur(guide * guide, size) - mean * mean
    covariance = cv2.blur(guide * chroma, size) - mean * cv2.blur(chroma, size)
    slope = cv2.blur(covariance / (variance + EPSILON), size)
    return slope, chroma - slope * guide


def merge(pixels, small, slope, offset, color_space, threads=1):
    """Joins a photo's luminance with the chroma that follows it.

    Colours are computed for the small photo; what they differ from its grey is added to the grey
    of the large one.

    Args:
        pixels: Grey (H, W) or RGB (H, W, 3), uint8 or uint16.
        small: The same, halved in size some times; see `shrink`.
        slope, offset: Of the chroma on the grid, see `follow`; each (h, w, 2).
        color_space: Of the chroma.
        threads: Processor cores to use.

    Returns:
        RGB (H, W, 3) of the photo's type.
    """
    height, width = pixels.shape[:2]
    factor = 1 << round(np.log2(height / len(small)))
    # By height first, which is little work; each strip is then as wide as the photo.
    size = slope.shape[1], len(small)
    slope, offset = (cv2.resize(grid, size, interpolation=ENLARGING) for grid in (slope, offset))
    difference = np.empty((*small.shape[:2], 3), np.float32)
    result = np.empty((height, width, 3), pixels.dtype)

    def compute(first):
        rows = slice(first, first + STRIP)
        difference[rows] = _color_difference(small[rows], slope[rows], offset[rows], color_space)

    def add(first):
        last = min(first + LARGE_STRIP, height)
        # A small row more on either side, for they are interpolated.
        top, bottom = max(first // factor - 1, 0), -(-last // factor) + 1
        strip = difference[top:bottom]
        if factor > 1:
            strip = cv2.resize(strip, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        strip = strip[first - top * factor :][: last - first, :width]
        grey, out = _grey(pixels[first:last]), result[first:last]
        if strip.dtype == np.uint8:
            cv2.addWeighted(grey, 1, strip, 1, -MIDDLE, dst=out)
        else:
            depth = cv2.CV_8U if pixels.dtype == np.uint8 else cv2.CV_16U
            cv2.add(grey, strip, dst=out, dtype=depth)

    _each(compute, range(0, len(small), STRIP), threads)
    if factor > 1 and pixels.dtype == np.uint8 and np.abs(difference).max() < MIDDLE - 1:
        # Enlarged and added, these take two thirds of the time of floats.
        difference = np.rint(difference + np.float32(MIDDLE)).astype(np.uint8)
    _each(add, range(0, height, LARGE_STRIP), threads)
    return result


def _each(function, values, threads):
    if threads == 1:
        for value in values:
            function(value)
        return
    with futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(function, values))


def _color_difference(pixels, slope, offset, color_space):
    """RGB less grey (H, W, 3), float32 in the photo's range, of slope and offset (H, w, 2)."""
    guide = luminance(pixels, color_space)
    size = guide.shape[::-1]
    slope, offset = (cv2.resize(grid, size, interpolation=ENLARGING) for grid in (slope, offset))
    chroma = cv2.add(cv2.multiply(slope, cv2.merge([guide, guide])), offset)
    rgb = color.luminance_chroma_to_rgb(guide[..., None], chroma, color_space)
    rgb = np.multiply(rgb, np.iinfo(pixels.dtype).max, out=rgb)
    return cv2.subtract(rgb, _grey(pixels), dtype=cv2.CV_32F)


def _grey(pixels):
    """RGB (H, W, 3) without colour."""
    luma = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return cv2.cvtColor(luma, cv2.COLOR_GRAY2RGB)


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
