"""Where a film cuts from one shot to the next."""

import collections
import itertools

import cv2
import numpy as np

from kerascolor.runtime.flow import Flow

# Side of the grid on which frames are compared.
SIDE = 64
# The least likeness of two frames of one shot: that of frames of different ones is 0.15 at most.
ALIKE = 0.21
# How many frames a flash, or whatever hides a shot, may last.
FLASH = 3


def split(frames, luminance):
    """Yields the shots, each as an iterator over its frames, which is to be used up first.

    A frame begins a shot where neither it nor the next ones resemble those before it.

    Args:
        frames: Iterable of anything.
        luminance: From a frame to its luminance (h, w) in [0, 1].
    """
    views = _Views(frames, luminance)
    while views.has_next():
        yield views.shot()


class _Views:
    """Frames with what they are compared by, some of them looked at ahead."""

    def __init__(self, frames, luminance):
        self._frames = ((frame, _view(luminance(frame))) for frame in frames)
        self._ahead = collections.deque()
        self._before = collections.deque(maxlen=FLASH + 1)

    def has_next(self):
        return self._look(1) > 0

    def shot(self):
        """Yields the frames up to the next cut."""
        self._before.clear()
        while self.has_next() and not self._is_cut():
            frame, view = self._ahead.popleft()
            self._before.append(view)
            yield frame

    def _look(self, count):
        """Looks this many frames ahead; returns how many there are."""
        missing = max(count - len(self._ahead), 0)
        self._ahead.extend(itertools.islice(self._frames, missing))
        return min(len(self._ahead), count)

    def _is_cut(self):
        if not self._before or likeness(self._before[-1], self._ahead[0][1]) >= ALIKE:
            return False
        nexts = [self._ahead[n][1] for n in range(self._look(1 + FLASH))]
        return not any(
            likeness(view, after) >= ALIKE for after in nexts for view in reversed(self._before)
        )


def _view(luminance):
    """Luminance (SIDE, SIDE) around 0.5 that is the same however bright the frame is."""
    small = cv2.resize(luminance, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    spread = (small - small.mean()) / (small.std() + 0.02)
    return np.clip(0.5 + 0.2 * spread, 0, 1)


def likeness(first, second):
    """How much two views show the same, as flow moves it: 1 for equal ones, about 0 for others."""
    flow = Flow(first, second)
    moved, is_sure = flow.move(first[..., None])
    if moved.std() < 1e-3 or second.std() < 1e-3:
        # A blank frame is of the shot that it fades from or to.
        return 1.0
    correlation = np.corrcoef(moved.ravel(), second.ravel())[0, 1]
    return float(max(correlation, 0) * is_sure.mean())
