"""Colours for films, which stay with what they belong to from frame to frame.

Each frame's colours are the mean of those that the model gives the same places in the frames before
and after it, as far as optical flow can tell where these are. All of it happens on the model's own
small grid, so that it costs next to nothing.
"""

import collections
import dataclasses

import cv2
import numpy as np

from kerascolor.runtime import colorizer, limits, pictures, render, shots
from kerascolor.runtime.flow import Flow

# Frames of a shot that are looked at together, and how many after them join in.
BLOCK = 8
AHEAD = 8
# The most frames that a place's colours are a mean of, before and after it each.
MEMORY = 30
# The mean of many colours is paler than each of them. It is strengthened, by STRONGEST at most, by
# this power of what it lacks: the whole of it gives more colour than the frames have alone.
STRENGTHENING = 0.75
STRONGEST = 1.3
# The weight of a frame in a shot's mean strength of colours.
STRENGTH_RATE = 0.05


@dataclasses.dataclass(eq=False)
class _Seen:
    """A frame, and what the model says of it.

    Args:
        frame: The caller's frame.
        field: `ChromaField`, of this frame alone.
        flow: `Flow` from the frame before it, or None for the first one of a shot.
    """

    frame: object
    field: object
    flow: Flow | None


@dataclasses.dataclass(frozen=True, eq=False)
class Memory:
    """What a place's colours have been so far.

    Args:
        values: The mean (h, w, channels) of the `ChromaField`s' values.
        count: The number of frames in the mean, (h, w, 1), 1 or more.
    """

    values: np.ndarray
    count: np.ndarray

    def join(self, values):
        """The memory with one more frame's values (h, w, channels)."""
        count = np.minimum(self.count, MEMORY - 1) + 1
        return Memory(self.values + (values - self.values) / count, count)


def follow(memory, values, flow, backwards=False):
    """The memory of a shot after one more frame: state in, state out.

    Args:
        memory: `Memory` of the frame at the flow's other end, or None where there is none.
        values: (h, w, channels) that the model gives the frame alone.
        flow: `Flow` between the two.
        backwards: Whether the frame is the earlier one of them.
    """
    if memory is None:
        return Memory(values, np.ones((*values.shape[:2], 1), np.float32))
    known = cv2.merge([*cv2.split(memory.values), memory.count])
    moved, trust = flow.move(known, backwards)
    return Memory(moved[..., :-1], moved[..., -1:] * trust[..., None]).join(values)


class VideoColorizer:
    """Gives the frames of a film their colours, without flicker.

    Args:
        model: Name of a preset, or path of a .tflite file.
        temperature, saturation: As `Colorizer.__call__` has them.
        threads: Processor cores to use; by default all.

    Attributes:
        saturation, threads: As given.

    Raises:
        presets.PresetError: There is no such model, or its file is damaged.
        ValueError: Temperature, saturation or threads are out of range, or the model takes no
            temperature.

    Example:
        >>> for frame in kerascolor.VideoColorizer()(frames):
        ...     show(frame)
    """

    def __init__(self, model="classifier", temperature=None, saturation=1.0, threads=None):
        limits.check("saturation", saturation)
        self._colorizer = colorizer.load(model, threads)
        self._temperature, self.saturation = temperature, saturation
        self.threads = self._colorizer.threads
        # What can't be is refused here, and not with the first frame.
        self._colorizer.predict(np.zeros((2, 2), np.uint8), temperature)

    def __call__(self, frames):
        """Yields each frame in colour, some frames after it was taken.

        Args:
            frames: Iterable of arrays (H, W), (H, W, 1) or (H, W, 3), grey or RGB, of uint8 or
                uint16, in the order of the film.

        Yields:
            RGB (H, W, 3) of the frame's type.
        """
        photos = (pictures.from_array(frame) for frame in frames)
        for original, field in self.fields(photos):
            result = render.render(field, original, self.saturation, self.threads)
            yield result.pixels

    def fields(self, frames, see=lambda frame: frame):
        """Yields each frame with its `ChromaField`.

        Args:
            frames: Iterable of anything.
            see: From a frame to the `photo.Photo` that the model sees.
        """
        for shot in shots.split(self._predict(frames, see), lambda seen: seen.field.luminance):
            yield from _steady(shot)

    def _predict(self, frames, see):
        for frame in frames:
            yield _Seen(frame, self._colorizer.predict(see(frame), self._temperature), None)


def _steady(shot):
    """Yields the frames of a shot with their fields, each a mean over the frames around it."""
    waiting, memory, strength = collections.deque(), None, _Strength()
    last, is_over = None, False
    shot = iter(shot)
    while True:
        while len(waiting) < BLOCK + AHEAD and not is_over:
            seen = next(shot, None)
            if seen is None:
                is_over = True
                break
            if last is not None:
                seen.flow = Flow(last.field.luminance, seen.field.luminance)
            waiting.append(seen)
            last = seen
        if not waiting:
            return
        later = _later(list(waiting))
        for after in later[: len(waiting) if is_over else BLOCK]:
            seen = waiting.popleft()
            alone = seen.field.values
            memory = follow(memory, alone, seen.flow)
            # The frame itself is in both.
            total = memory.count + after.count - 1
            values = memory.values * memory.count + after.values * after.count - alone
            field = seen.field.with_values(values / total)
            chroma = strength.restore(field.chroma, seen.field.chroma)
            yield seen.frame, dataclasses.replace(field, chroma=chroma)


def _later(frames):
    """The `Memory` of each frame that those after it leave."""
    memories, memory, flow = [], None, None
    for seen in reversed(frames):
        memory = follow(memory, seen.field.values, flow, backwards=True)
        memories.append(memory)
        flow = seen.flow
    return memories[::-1]


class _Strength:
    """Gives a shot's colours nearly the mean strength that they have frame by frame."""

    def __init__(self):
        self._alone = self._together = None

    def restore(self, chroma, alone):
        """Chroma (h, w, 2), about as strong as `alone` is on average over the shot."""
        strengths = [float(np.abs(array).mean()) for array in (alone, chroma)]
        if self._alone is None:
            self._alone, self._together = strengths
        self._alone += STRENGTH_RATE * (strengths[0] - self._alone)
        self._together += STRENGTH_RATE * (strengths[1] - self._together)
        factor = (self._alone / max(self._together, 1e-6)) ** STRENGTHENING
        return np.clip(chroma * np.float32(np.clip(factor, 1.0, STRONGEST)), -1, 1)
