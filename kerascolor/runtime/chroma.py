"""What a model says of a photo: chroma on a small grid, before it meets the photo's detail."""

import dataclasses

import cv2
import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class ChromaField:
    """The chroma that a model predicts for a photo, which `render` joins with the photo.

    Args:
        luminance: (h, w) in [0, 1], float32: the photo's own on the model's grid, which the chroma
            belongs to; long photos have larger grids.
        chroma: (h, w, 2) in [-1, 1], float32, in the units of `color`.
        color_space: The model's target space, "lab", "yuv", "rgb" or "visible". A model of "rgb"
            predicts RGB itself, of which this is YUV's chroma, for the luminance is the photo's
            own.
        brightness: (h, w) in [0, 1], float32: YUV's luminance in visible light, as a model of
            "visible" predicts it of an infrared picture, whose own `luminance` is another. None for
            the other models.
    """

    luminance: np.ndarray
    chroma: np.ndarray
    color_space: str
    brightness: np.ndarray | None = None

    @property
    def values(self):
        """All that is predicted: the chroma (h, w, 2), with the brightness (h, w, 3)."""
        return self.chroma if self.brightness is None else np.dstack([self.chroma, self.brightness])

    def with_values(self, values):
        """The field with other `values`."""
        *chroma, brightness = [*cv2.split(values), None][:3]
        return dataclasses.replace(self, chroma=cv2.merge(chroma), brightness=brightness)
