"""Every input and output that an exported model may have, in one table.

The exports, the calibration, the proof, the golden files, the model cards and the colorizer all go
by it: a new input is one more entry in `INPUTS`, and an unknown one is an error that names it.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

# The name of a .tflite file's signature.
NAME = "colorize"
# The one input that every model has, and that is taken from the photo.
LUMINANCE = "luminance"


@dataclasses.dataclass(frozen=True)
class Input:
    """An input of exported models, a float32 tensor.

    Args:
        name: Its name in the signature.
        meaning: Function from a file's description to what the model card says of the values.
        neutral: Function (shape, description) to what the runtime feeds when its caller says
            nothing; None where the photo gives the values.
        draw: Function (shape, generator, description) to what calibration, proof and golden files
            feed; None where the photo gives the values. `generator` is a `np.random.Generator`.
        per_photo: Whether the first dimension counts the photos. Otherwise all photos of a batch
            share the input.
    """

    name: str
    meaning: Callable
    neutral: Callable | None = None
    draw: Callable | None = None
    per_photo: bool = True


@dataclasses.dataclass(frozen=True)
class Output:
    """The output of exported models of one colour space, a float32 tensor (1, H, W, channels).

    Args:
        name: Its name in the signature.
        channels: How many channels it has.
        meaning: What the model card says of the values.
    """

    name: str
    channels: int
    meaning: str


_LIGHTNESS = "CIE L* / 100 of the photo (sRGB, D65)"
_LUMA = "0.299 R + 0.587 G + 0.114 B of sRGB values in [0, 1]"
_LUMINANCE_MEANINGS = {
    "lab": _LIGHTNESS,
    "yuv": _LUMA,
    "rgb": _LUMA,
    "visible": "grey levels of the infrared picture in [0, 1], at full contrast",
}


def _own_temperature(shape, description):
    return np.full(shape, description["temperature"], np.float32)


def _zeros(shape, description):
    return np.zeros(shape, np.float32)


def _few_points(shape, generator, description):
    """Hints of some squares of up to nine pixels, each of one colour."""
    hints = np.zeros(shape, np.float32)
    for _ in range(generator.geometric(1 / 8) - 1):
        row, column, side = generator.integers((*shape[1:3], 9))
        chroma = generator.uniform(-0.6, 0.6, 2)
        hints[0, row : row + side + 1, column : column + side + 1] = [*chroma, 1]
    return hints


def _some_palette(shape, generator, description):
    """A palette of a few bins, or none."""
    palette = np.zeros(shape, np.float32)
    if generator.random() < 0.5:
        palette[:, :-1] = generator.dirichlet(np.full(shape[1] - 1, 0.05))
        palette[:, -1] = 1
    return palette


_INPUTS = (
    Input(LUMINANCE, lambda description: _LUMINANCE_MEANINGS[description["color_space"]]),
    Input(
        "temperature",
        lambda description: (
            "1 gives the mean of the likely colours, towards 0 the likeliest one; the model's own "
            f"is {description['temperature']}"
        ),
        neutral=_own_temperature,
        draw=lambda shape, generator, description: _own_temperature(shape, description),
        per_photo=False,
    ),
    Input(
        "noise",
        lambda description: (
            "drawn from a standard normal; another draw gives other colours, zeros the most likely "
            "ones"
        ),
        neutral=_zeros,
        draw=lambda shape, generator, description: generator.standard_normal(shape, np.float32),
    ),
    Input(
        "hints",
        lambda description: (
            "a* / 110, b* / 110 and 1 at the pixels whose colours are given, zeros at all others"
        ),
        neutral=_zeros,
        draw=_few_points,
    ),
    Input(
        "palette",
        lambda description: (
            "the share of each colour bin of the ab plane in another photo, and 1; zeros for none"
        ),
        neutral=_zeros,
        draw=_some_palette,
    ),
)
# The inputs by name.
INPUTS = {entry.name: entry for entry in _INPUTS}
# The output that gives the colours, by colour space.
OUTPUTS = {
    "lab": Output("chroma", 2, "CIE a* / 110 and b* / 110"),
    "yuv": Output("chroma", 2, "BT.601 U / 0.436 and V / 0.615"),
    "rgb": Output(
        "rgb",
        3,
        "sRGB values in [0, 1]: only their colour is to be used, with the luminance of the "
        "photo itself",
    ),
    "visible": Output("rgb", 3, "sRGB values in [0, 1] of a plausible view in visible light"),
}

# Outputs that a file may have beside it, and what the model card says of them.
FURTHER_OUTPUTS = {
    "logits": "logits over the colour bins of the ab plane, at a quarter of the size",
}


def find(name):
    """The `Input` of this name.

    Raises:
        ValueError: There is none; the message names it.
    """
    if name not in INPUTS:
        known = ", ".join(INPUTS)
        raise ValueError(f"the input {name!r} is unknown: kerascolor knows {known}")
    return INPUTS[name]


def feed(shapes, luminance, description, generator=None):
    """The values of all inputs of a model by name, for one photo.

    Args:
        shapes: The inputs' shapes by name, as `model.export_inputs` or a file gives them.
        luminance: (1, H, W, 1), float32.
        description: What the file says of itself, "color_space" and "temperature" at least.
        generator: A `np.random.Generator` that the other inputs are drawn from; without it they
            are neutral.

    Raises:
        ValueError: An input is unknown.
    """
    values = {}
    for name, shape in shapes.items():
        entry, shape = find(name), tuple(shape)
        if entry.neutral is None:
            values[name] = luminance
        elif generator is None:
            values[name] = entry.neutral(shape, description)
        else:
            values[name] = entry.draw(shape, generator, description)
    return values


def check(inputs, outputs, color_space):
    """Checks the signature of a file.

    Args:
        inputs: The shapes of its inputs by name.
        outputs: The shapes of its outputs by name.
        color_space: The one that the file says it has.

    Raises:
        ValueError: The colour space or an input is unknown, an input or output is missing, or one
            has a wrong shape. The message names it in one line.
    """
    if color_space not in OUTPUTS:
        raise ValueError(f"the colour space {color_space!r} is unknown: use {', '.join(OUTPUTS)}")
    if LUMINANCE not in inputs:
        raise ValueError(f"it has no input {LUMINANCE!r}")
    wanted = OUTPUTS[color_space]
    if set(outputs) - set(FURTHER_OUTPUTS) != {wanted.name}:
        found = ", ".join(map(repr, sorted(outputs)))
        raise ValueError(f"its output is {found}: {color_space} needs {wanted.name!r}")
    shapes = {name: tuple(int(side) for side in shape) for name, shape in inputs.items()}
    for name, shape in shapes.items():
        if find(name).per_photo and (len(shape) < 2 or shape[0] != 1):
            raise ValueError(f"its input {name!r} has the shape {shape}: it must be for one photo")
    luminance = shapes[LUMINANCE]
    if len(luminance) != 4 or luminance[3] != 1 or min(luminance) < 1:
        raise ValueError(f"its input {LUMINANCE!r} has the shape {luminance}, not (1, H, W, 1)")
    if shapes.get("hints", (*luminance[:3], 3)) != (*luminance[:3], 3):
        raise ValueError(f"its input 'hints' has the shape {shapes['hints']}, not (1, H, W, 3)")
    output = tuple(int(side) for side in outputs[wanted.name])
    expected = (*luminance[:3], wanted.channels)
    if output != expected:
        raise ValueError(f"its output {wanted.name!r} has the shape {output}, not {expected}")
