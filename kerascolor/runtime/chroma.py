"""What a model says of a photo: chroma on a small grid, before it meets the photo's detail."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class ChromaField:
    """The chroma that a model predicts for a photo, which `render` joins with the photo.

    Args:
        luminance: (h, w) in [0, 1], float32: the photo's own on the model's grid, which the chroma
            belongs to; long photos have larger grids.
        chroma: (h, w, 2) in [-1, 1], float32, in the units of `color`.
        color_space: The model's target space, "lab", "yuv" or "rgb". A model of "rgb" predicts RGB
            itself, of which this is YUV's chroma, for the luminance is the photo's own.
    """

    luminance: np.ndarray
    chroma: np.ndarray
    color_space: str
