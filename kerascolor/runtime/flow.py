"""Where the places of one frame are in the next, by optical flow on a small grid."""

import functools
import threading

import cv2
import numpy as np

# Flow there and back again that ends this many grid points away is trusted by 1 / e.
CLOSED = 2.0
# So is a place whose luminance, in [0, 1], differs this much from that where it came from.
LIKENESS = 0.15

_local = threading.local()


class Flow:
    """Optical flow between two frames, both ways.

    Args:
        first, second: Luminance (h, w) in [0, 1] of the earlier and the later frame.

    Reference: Kroeger et al. 2016, "Fast Optical Flow using Dense Inverse Search".
    """

    def __init__(self, first, second):
        if not hasattr(_local, "flow"):
            # It keeps buffers, so that each thread needs its own.
            _local.flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._luminance = first, second
        levels = [np.rint(255 * luminance).astype(np.uint8) for luminance in (first, second)]
        self._flows = _local.flow.calc(*levels, None), _local.flow.calc(*levels[::-1], None)

    def move(self, values, backwards=False):
        """Values of the first frame on the second, or of the second on the first.

        Args:
            values: (h, w, channels), float32.
            backwards: Whether they are the second frame's.

        Returns:
            The moved values (h, w, channels), and how far they can be trusted (h, w) in [0, 1].
        """
        source, target = self._luminance[::-1] if backwards else self._luminance
        there, back = self._flows[::-1] if backwards else self._flows
        places = _grid(*target.shape) + back
        values, likeness, there = (_at(array, places) for array in (values, source, there))
        open_by = cv2.add(back, there)
        height, width = target.shape
        inside = cv2.inRange(places, (0, 0), (width - 1, height - 1)) > 0
        doubt = np.square(open_by).sum(-1) / CLOSED**2
        doubt += np.square(likeness - target) / LIKENESS**2
        return values, np.exp(-doubt) * inside


def _at(array, places):
    return cv2.remap(array, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@functools.lru_cache(maxsize=4)
def _grid(height, width):
    """Column and row (h, w, 2), float32, of each point."""
    rows, columns = np.indices((height, width), np.float32)
    return np.dstack([columns, rows])
