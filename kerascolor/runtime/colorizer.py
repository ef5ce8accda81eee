"""Colours for photos of any size, by a LiteRT model.

The model sees the whole photo on its own small grid, and answers with chroma on that grid; a long
photo takes several of them, see `prepare`. Full detail comes from the photo, see `render`.
"""

import functools
import os
import warnings

import numpy as np

from kerascolor import color, presets
from kerascolor.runtime import limits, pictures, prepare, render, resample
from kerascolor.runtime.chroma import ChromaField
from kerascolor.runtime.distribution import likely_colors
from kerascolor.runtime.hints import Points, as_hints, palette
from kerascolor.runtime.model import Model


class Colorizer:
    """Gives photos their colours: `predict` asks the model, and a call renders its answer, too.

    Args:
        path: Path of a .tflite file that `kerascolor.export.tflite` wrote.
        threads: Processor cores to use; by default all.

    Attributes:
        description: What the file says about itself, see `presets.describe`.
        image_size: Height and width of the model's grid.
        takes_temperature: Whether the model is a classifier, which takes one.
        takes_hints: Whether the model takes colours given by hand, and a reference.
        samples: Whether the model is a VAE, which can draw several colorizations.
        takes_infrared: Whether its photos are infrared pictures, whose brightness it predicts, too.
        threads: Processor cores that it uses.

    Raises:
        presets.PresetError: The file is missing, damaged or of another program.
        ValueError: threads is out of range.

    Example:
        >>> colorizer = kerascolor.load("classifier")
        >>> colorizer("grandmother.jpg").save("grandmother-in-colour.jpg")
    """

    def __init__(self, path, threads=None):
        limits.check("threads", threads)
        self.threads = threads or os.cpu_count()
        self._model = Model(path, self.threads)
        self.description = self._model.description
        self.image_size = self._model.shapes["luminance"][1:3]
        self.takes_temperature = "temperature" in self._model.shapes
        self.takes_hints = {"hints", "palette"} <= set(self._model.shapes)
        self.samples = "noise" in self._model.shapes
        self.takes_infrared = color.is_whole(self._model.color_space)

    def __call__(self, picture, temperature=None, saturation=1.0, hints=(), reference=None):
        """Colorizes a photo; its size stays as it is, and its luminance unless it is infrared.

        Args:
            picture: A path; a PIL image; an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), grey,
                RGB or RGBA, of uint8 or uint16; or a `photo.Photo`.
            temperature: A classifier's, 1e-6 to 100: towards 0 each spot takes its likeliest
                colour, towards 1 and above the mean of all likely ones. By default the model's own.
            saturation: Factor of the chroma, 0 to 100. It adds no information; 0 is grey.
            hints: Points of the photo whose colours are known: `Hint`s, or tuples of x, y and a
                CSS colour, in pixels of the upright photo. A warning names those whose colour
                does not exist at the photo's brightness there.
            reference: Another photo, in colour, whose palette this one is to have; of any kind
                that `picture` may be.

        Returns:
            RGB, or RGBA where the picture has alpha, of the picture's kind and type; a PIL image
            for a path. PIL images have 8 bits a channel.

        Raises:
            photo.PhotoError: The file can't be read.
            ValueError: The picture is of no such kind; temperature, saturation or a hint are out of
                range; the reference is grey; or the model takes no temperature or no hints.
        """
        limits.check("saturation", saturation)
        original, restore = pictures.open_picture(picture)
        prepared = self.prepare(original)
        field = self.predict(prepared, temperature, hints, reference)
        for reason in self.unreachable(prepared, hints):
            warnings.warn(reason, stacklevel=2)
        return restore(render.render(field, original, saturation, self.threads, prepared.small))

    def sample(self, picture, n=5, temperature=1.0, saturation=1.0, seed=0):
        """Draws n different colorizations of a photo, by a model that `samples`.

        Args:
            picture, saturation: As in a call.
            n: How many, 1 or more.
            temperature: Factor of what tells the draws apart, 0 to 100; with 0 all are the
                likeliest one.
            seed: Whole number of 0 or more; the same one draws the same colours.

        Returns:
            List of n pictures, each as from a call.

        Raises:
            photo.PhotoError: The file can't be read.
            ValueError: As in a call, or the model does not sample.
        """
        limits.check("saturation", saturation)
        original, restore = pictures.open_picture(picture)
        prepared = self.prepare(original)
        fields = (self.draw(prepared, index, temperature, seed) for index in range(n))
        return [
            restore(render.render(field, original, saturation, self.threads, prepared.small))
            for field in fields
        ]

    def prepare(self, original):
        """The `prepare.PreparedPhoto` of a `photo.Photo`, for several predictions or renderings."""
        return prepare.prepare(original, self.image_size, self._model.color_space)

    def palette(self, reference):
        """A photo's palette, as the model's input of this name takes it.

        Args:
            reference: A picture, as in a call.

        Raises:
            photo.PhotoError: The file can't be read.
            ValueError: The photo is grey.
        """
        pixels = resample.shrink(pictures.open_picture(reference)[0].pixels)
        if not prepare.has_colors(pixels):
            raise ValueError("the reference is grey, or of a single tint: give a photo in colour")
        return palette(pixels)

    def predict(self, picture, temperature=None, hints=(), reference=None, **inputs):
        """Asks the model for a photo's chroma.

        Args:
            picture: As in a call, or a `prepare.PreparedPhoto`.
            temperature, hints, reference: As in a call.
            **inputs: Values of the model's other inputs by their names in `signature.INPUTS`;
                those that are left out are neutral.

        Returns:
            `ChromaField`.

        Raises:
            photo.PhotoError: The file can't be read.
            ValueError: As in a call, or the model takes no such input.
        """
        if temperature is not None and not self.takes_temperature:
            raise ValueError(
                f"{self._model.name} takes no temperature: leave it out, or use a classifier"
            )
        limits.check("temperature", temperature)
        inputs["temperature"] = temperature
        picture, points, seen, inputs = self._see(picture, hints, reference, inputs)
        predict = functools.partial(self._predict_window, inputs=inputs)
        channels = 3 if self.takes_infrared else 2
        values = prepare.through_windows(predict, seen, self.image_size, channels)
        if points is not None:
            return points.bend(values)
        field = ChromaField(picture.luminance, None, self._model.color_space)
        return field.with_values(values)

    def _see(self, picture, hints, reference, inputs):
        """What the model is given.

        Returns:
            `prepare.PreparedPhoto`; the `Points` of the hints, or None; the grid that is seen
            through windows, (h, w) or with the hints (h, w, 4); all inputs that are not in it.
        """
        if not isinstance(picture, prepare.PreparedPhoto):
            picture = self.prepare(pictures.open_picture(picture)[0])
        if (len(hints) or reference is not None) and not self.takes_hints:
            raise ValueError(
                f"{self._model.name} takes no hints and no reference: use a model that does"
            )
        if reference is not None:
            inputs["palette"] = self.palette(reference)
        inputs = self._model.inputs(**inputs)
        if not len(hints):
            return picture, None, picture.seen, inputs
        points = self._points(picture, hints)
        return picture, points, np.dstack([picture.seen, points.on_grid()]), inputs

    def _points(self, prepared, hints):
        hints = as_hints(hints, prepared.photo.pixels.shape)
        return Points(hints, prepared, self._model.color_space)

    def unreachable(self, prepared, hints):
        """Lines that name the hints whose colours do not exist at the photo's brightness there.

        Args:
            prepared: `prepare.PreparedPhoto`.
            hints: As in a call.
        """
        if not len(hints):
            return []
        return [
            f"there is no {hint} as bright as the photo is there: it becomes {nearest}"
            for hint, nearest in self._points(prepared, hints).unreachable()
        ]

    def distribution(self, picture, x, y, hints=(), reference=None):
        """The colours that the model finds likely at a point, given the hints so far.

        Args:
            picture: As in a call, or a `prepare.PreparedPhoto`.
            x, y: Column and row of a pixel of the upright photo.
            hints, reference: As in a call.

        Returns:
            At most nine `LikelyColor`s, pairs of a CSS colour at the photo's brightness and its
            probability, the likeliest first.

        Raises:
            photo.PhotoError: The file can't be read.
            ValueError: As in a call, the point lies outside of the photo, or the model gives no
                distribution.
        """
        if not self._model.gives_logits:
            raise ValueError(f"{self._model.name} does not say how likely colours are")
        picture, _, seen, inputs = self._see(picture, hints, reference, {})
        point = self._points(picture, [(x, y, "white")])
        row, column = (int(index[0]) for index in point.places(picture.luminance.shape))
        window = prepare.window_around((row, column), picture.luminance.shape, self.image_size)
        part, inputs = _with_hints(seen[window], inputs)
        logits = self._model.logits(part, inputs)
        place = (
            (index - part.start) * cells // (part.stop - part.start)
            for index, part, cells in zip((row, column), window, logits.shape[:2], strict=True)
        )
        return likely_colors(logits[tuple(place)], float(picture.luminance[row, column]))

    def draw(self, picture, index, temperature=1.0, seed=0):
        """The `ChromaField` of the colorization of this index among those of `sample`."""
        if not self.samples:
            raise ValueError(
                f"{self._model.name} draws no samples: use a VAE, such as the preset vae"
            )
        limits.check("seed", seed)
        if temperature != 0:
            limits.check("temperature", temperature)
        generator = np.random.default_rng((seed, index))
        noise = generator.standard_normal(self._model.shapes["noise"], np.float32)
        return self.predict(picture, noise=temperature * noise)

    def _predict_window(self, part, top, left, inputs):
        """A field's `values` for a part of what `_see` gives, of the model's size."""
        if "noise" in inputs:
            inputs = {**inputs, "noise": _moved(inputs["noise"], top, left, part.shape[:2])}
        answer = self._model.run(*_with_hints(part, inputs))
        if self._model.output != "rgb":
            return answer
        brightness, chroma = color.rgb_to_luminance_chroma(answer, "rgb")
        return np.dstack([chroma, brightness]) if self.takes_infrared else chroma


def _moved(noise, top, left, window):
    """The noise that a window of a long photo gets.

    A grid (1, h, w, C) goes on from window to window and begins again at its end, so that windows
    that overlap see the same values at the same places: two draws at one place would mix.
    """
    if noise.ndim < 4:
        return noise
    _, *cells, _ = noise.shape
    starts = zip((top, left), cells, window, strict=True)
    return np.roll(noise, [-(start * count // side) for start, count, side in starts], (1, 2))


def _with_hints(part, inputs):
    """Luminance (h, w), and the inputs, of a part (h, w) or, with hints, (h, w, 4)."""
    if part.ndim == 2:
        return np.ascontiguousarray(part), inputs
    return np.ascontiguousarray(part[..., 0]), {**inputs, "hints": part[None, ..., 1:].copy()}


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
    """The colorizer of a file, loaded again when the file was written again."""
    return Colorizer(path, threads)


def colorize(
    picture, model="classifier", temperature=None, saturation=1.0, hints=(), reference=None
):
    """Colorizes a photo: a path, PIL image or array; see `Colorizer.__call__` and `load`.

    Example:
        >>> kerascolor.colorize("grandmother.jpg").save("grandmother-in-colour.jpg")
    """
    return load(model)(picture, temperature, saturation, hints, reference)
