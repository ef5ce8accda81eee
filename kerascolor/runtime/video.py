"""Colours for films, which stay with what they belong to from frame to frame.

Each frame's colours are those that the model gives it alone, joined with the last frame's, which
optical flow has moved onto it. All of it happens on the model's own small grid.
"""

import dataclasses

import cv2
import numpy as np

from kerascolor.runtime import colorizer, limits, render

# The largest weight of the last frame's colours.
MEMORY = 0.9
# Flow forward and back again ends within this many grid points where it is sure.
CLOSED = 1.0
# Difference of luminance, in [0, 1], between a place and where it came from, from which on it is
# something else.
LIKENESS = 0.08


class Memory:
    """What is known of a shot so far: the colours of its last frame.

    Attributes:
        field: `ChromaField` of the last frame, or None before the first one.
    """

    def __init__(self):
        self.field = None
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._levels = None

    def move(self, luminance):
        """The last frame's colours on the next frame.

        Args:
            luminance: The next frame's (h, w) in [0, 1].

        Returns:
            Chroma (h, w, 2), and how far it can be trusted (h, w, 1) in [0, 1]; None and None
            where there is no last frame.
        """
        levels = np.rint(255 * luminance).astype(np.uint8)
        last, self._levels = self._levels, levels
        if last is None or last.shape != levels.shape:
            return None, None
        back = self._flow.calc(levels, last, None)
        forth = self._flow.calc(last, levels, None)
        places = _grid(levels.shape) + back
        moved, there = (
            cv2.remap(array, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for array in (np.dstack([self.field.chroma, self.field.luminance]), forth)
        )
        open_by = np.linalg.norm(back + there, axis=-1)
        unlike = np.abs(moved[..., 2] - luminance)
        inside = (places >= 0).all(-1) & (places <= np.array(levels.shape[::-1]) - 1).all(-1)
        trust = np.exp(-((open_by / CLOSED) ** 2) - (unlike / LIKENESS) ** 2) * inside
        return moved[..., :2], trust[..., None].astype(np.float32)

    def keep(self, field):
        """Remembers a frame's `ChromaField`."""
        self.field = field


def _grid(shape):
    """Column and row (h, w, 2), float32, of each point."""
    rows, columns = np.indices(shape, np.float32)
    return np.dstack([columns, rows])


class VideoColorizer:
    """Gives the frames of a film their colours, without flicker.

    Args:
        model: Name of a preset, or path of a .tflite file.
        temperature, saturation: As `Colorizer.__call__` has them.
        threads: Processor cores to use; by default all.

    Raises:
        presets.PresetError: There is no such model, or its file is damaged.
        ValueError: Temperature or saturation are out of range.

    Example:
        >>> for frame in kerascolor.VideoColorizer()(frames):
        ...     show(frame)
    """

    def __init__(self, model="classifier", temperature=None, saturation=1.0, threads=None):
        limits.check("saturation", saturation)
        self._colorizer = colorizer.load(model, threads)
        self._temperature, self.saturation = temperature, saturation
        self.threads = self._colorizer.threads
        # What can't be is told here, and not with the first frame.
        self._colorizer.predict(np.zeros((2, 2), np.uint8), temperature)

    def __call__(self, frames):
        """Yields each frame in colour.

        Args:
            frames: Iterable of arrays (H, W), (H, W, 1) or (H, W, 3), grey or RGB, of uint8 or
                uint16, in the order of the film.

        Yields:
            RGB (H, W, 3) of the frame's type.
        """
        photos = (colorizer.from_array(frame) for frame in frames)
        for original, field in self.fields(photos):
            result = render.render(field, original, self.saturation, self.threads)
            yield result.pixels

    def fields(self, frames, see=lambda frame: frame):
        """Yields each frame with its `ChromaField`.

        Args:
            frames: Iterable of anything.
            see: From a frame to the `photo.Photo` that the model sees.
        """
        memory = Memory()
        for frame in frames:
            yield frame, self._next(memory, see(frame))

    def _next(self, memory, picture):
        prepared = self._colorizer.prepare(picture)
        field = self._colorizer.predict(prepared, self._temperature)
        moved, trust = memory.move(field.luminance)
        if moved is not None:
            chroma = field.chroma + MEMORY * trust * (moved - field.chroma)
            field = dataclasses.replace(field, chroma=chroma)
        memory.keep(field)
        return field
