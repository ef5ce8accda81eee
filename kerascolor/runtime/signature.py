"""The inputs and outputs that an exported model may have."""

import dataclasses
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass(frozen=True)
class Input:
    """An input beside others of an exported model's signature."""

    name: str
    meaning: str
    neutral: Callable
    draw: Callable


INPUTS = {
    "luminance": Input("luminance", "", None, None),
    "temperature": Input(
        "temperature",
        "",
        lambda shape, description: np.full(shape, description["temperature"], np.float32),
        None,
    ),
    "noise": Input("noise", "", lambda shape, _: np.zeros(shape, np.float32), None),
}
OUTPUTS = {"chroma": "", "rgb": ""}
