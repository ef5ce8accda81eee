"""Folders of numbered frames, which film scanners give."""

import contextlib
import fractions
import os
import pathlib

import av
import cv2
import numpy as np

from kerascolor import photo
from kerascolor.film.base import BT601, FilmError, Frame, Look
from kerascolor.film.reader import reason

# PyAV reads these, for no library of photos does.
DPX = ".dpx"
EXTENSIONS = (".png", ".tif", ".tiff", ".jpg", ".jpeg", DPX)


class FrameFolder:
    """A folder of numbered frames that is open for reading, with what a `reader.Film` has.

    Args:
        path: The folder; its frames are in the order of their names.
        rate: Frames a second.

    Attributes:
        names: Names of the frames' files.

    Raises:
        FilmError: There are no frames in it, or the first one can't be read.
    """

    container = sample_aspect_ratio = None
    is_interlaced = False
    first_time = 0

    def __init__(self, path, rate):
        self.path, self.lost = pathlib.Path(path), 0
        self.names = sorted(
            entry.name
            for entry in os.scandir(path)
            if entry.name.lower().endswith(EXTENSIONS) and not entry.name.startswith(".")
        )
        if not self.names:
            raise FilmError(
                f"{photo.printable(path)}: there are no frames in this folder; they end in "
                + ", ".join(EXTENSIONS)
            )
        first = self._frame(0)
        self.size, self.look, self.count = first.luma.shape, first.look, len(self.names)
        self.rate = fractions.Fraction(rate).limit_denominator(1001)
        self.time_base = 1 / self.rate

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def frames(self, start=None, end=None):
        """Yields the `Frame`s from number `start` to before `end`, counted from 0."""
        self.lost = 0
        for time in range(max(start or 0, 0), min(end or self.count, self.count)):
            try:
                frame = self._frame(time)
            except FilmError:
                self.lost += 1
                continue
            if (frame.luma.shape, frame.look) != (self.size, self.look):
                raise FilmError(
                    f"{photo.printable(self.path / frame.name)}: not of the first frame's size and "
                    "depth"
                )
            yield frame

    def _frame(self, time):
        name = self.names[time]
        try:
            pixels = _read(self.path / name)
        except photo.PhotoError as error:
            raise FilmError(str(error)) from error
        if pixels.ndim == 3:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        look = Look(8 * pixels.itemsize, True, BT601)
        return Frame(np.ascontiguousarray(pixels), look, time, name)


def _read(path):
    """Pixels (H, W) or (H, W, 3), uint8 or uint16."""
    if path.suffix.lower() != DPX:
        return photo.read(path).pixels
    try:
        with contextlib.closing(av.open(str(path))) as container:
            frame = next(container.decode(video=0))
    except (av.FFmpegError, OSError, StopIteration) as error:
        raise FilmError(f"{photo.printable(path)}: {reason(error)}") from error
    deep = max(component.bits for component in frame.format.components) > 8
    return frame.to_ndarray(format="rgb48le" if deep else "rgb24")
