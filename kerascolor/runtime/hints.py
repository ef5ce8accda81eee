"""Colours given by hand: points of a photo, and the palette of another one.

A model that takes hints spreads a point's colour over what it belongs to. Here hints are read and
put on the model's grid, and what the model gives is bent a little around each point, so that the
point itself has the colour that was asked for.
"""

import dataclasses
import json
import operator
import pathlib
import re

import cv2
import numpy as np
from PIL import ImageColor

from kerascolor import ab_plane, color
from kerascolor.runtime import render, resample
from kerascolor.runtime.chroma import ChromaField

POINT = re.compile(r"(-?\d+),(-?\d+)=(.+)")
# Side of a photo whose palette is taken: a quarter of a model's grid.
PALETTE_SIDE = 64
# What a point lacks is added around it, less with the distance in pixels of the grid and with the
# difference in luminance: these are the deviations of both.
NEAR, ALIKE = 6.0, 0.08
# How often what is still lacking after the way through the renderer is added, too.
ROUNDS = 4
# Units of a and b of Lab by which a colour may miss what was asked for without a word.
MISS = 2.0


@dataclasses.dataclass(frozen=True)
class Hint:
    """A point of a photo and the colour that it has.

    Args:
        x, y: The pixel's column and row, from the upper left corner of the upright photo.
        color: A colour as CSS has it, such as "#2e6f40", "rgb(46, 111, 64)" or "white". Its
            brightness does not count: the photo keeps its own.

    Raises:
        ValueError: The color is none.

    Example:
        >>> colorizer("dress.jpg", hints=[kerascolor.Hint(812, 430, "#2e6f40")])
    """

    x: int
    y: int
    color: str

    def __post_init__(self):
        for name in ("x", "y"):
            object.__setattr__(self, name, int(operator.index(getattr(self, name))))
        _levels(self.color)

    @property
    def rgb(self):
        """The colour as a tuple of three levels."""
        return _levels(self.color)

    def __str__(self):
        return f"{self.x},{self.y}={as_css(self.rgb)}"


def _levels(text):
    try:
        return ImageColor.getrgb(text)[:3]
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"{text!r} is no colour: give one as CSS has it, such as '#2e6f40' or 'white'"
        ) from error


def as_css(rgb):
    """Three levels as "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def parse(text):
    """The `Hint` of a text such as "812,430=#2e6f40".

    Raises:
        ValueError: The text is none.
    """
    found = POINT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no point: give X,Y=COLOUR, such as 812,430=#2e6f40")
    return Hint(int(found[1]), int(found[2]), found[3].strip())


def read_file(path):
    """The hints for photos in a JSON file.

        {"dress.jpg": [{"x": 812, "y": 430, "color": "#2e6f40"}]}

    Returns:
        Tuples of `Hint`s by the photos' names.

    Raises:
        ValueError: The file holds something else; the message is one line.
        OSError: It can't be read.
    """
    try:
        content = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError("it holds no object of photos' names and their points")
    hints = {}
    for name, points in content.items():
        try:
            hints[name] = tuple(Hint(**point) for point in points)
        except TypeError as error:
            raise ValueError(
                f"the points of {name!r} are no list of objects with x, y and color"
            ) from error
        except ValueError as error:
            raise ValueError(f"the points of {name!r}: {error}") from error
    return hints


def as_hints(points, shape):
    """A tuple of `Hint`s of points, checked to lie in a photo of this shape.

    Args:
        points: `Hint`s, or tuples of x, y and colour.
        shape: The photo's height and width, first of all.

    Raises:
        ValueError: A point lies outside of the photo, or has no colour.
    """
    try:
        hints = tuple(point if isinstance(point, Hint) else Hint(*point) for point in points)
    except TypeError as error:
        message = "hints are no list of x, y and colour, such as (812, 430, 'green')"
        raise ValueError(message) from error
    height, width = shape[:2]
    for hint in hints:
        if not (0 <= hint.x < width and 0 <= hint.y < height):
            raise ValueError(
                f"the point {hint.x},{hint.y} lies outside of the photo, which has {width} x "
                f"{height} pixels"
            )
    return hints


def palette(pixels):
    """The palette (Q + 1,) of a photo in colour, as models take it.

    Args:
        pixels: RGB (H, W, 3), uint8 or uint16.
    """
    small = resample.resize(pixels, PALETTE_SIDE, PALETTE_SIDE)
    rgb = small / np.float32(np.iinfo(pixels.dtype).max)
    chroma = color.rgb_to_luminance_chroma(rgb, "lab")[1]
    return np.append(ab_plane.histogram(chroma), 1).astype(np.float32)


@dataclasses.dataclass(frozen=True, eq=False)
class Points:
    """The hints for a photo, as places and chroma.

    Args:
        hints: Tuple of `Hint`s in the photo.
        prepared: `prepare.PreparedPhoto`.
        color_space: The model's.
    """

    hints: tuple
    prepared: object
    color_space: str

    @property
    def chroma(self):
        """What is asked for, (n, 2)."""
        rgb = np.float32([[hint.rgb for hint in self.hints]]) / 255
        return color.rgb_to_luminance_chroma(rgb, self.color_space)[1][0]

    def places(self, shape):
        """Rows and columns, (n,) each, on a grid of this shape over the photo."""
        height, width = self.prepared.photo.pixels.shape[:2]
        rows = [(2 * hint.y + 1) * shape[0] // (2 * height) for hint in self.hints]
        columns = [(2 * hint.x + 1) * shape[1] // (2 * width) for hint in self.hints]
        return np.array(rows), np.array(columns)

    def on_grid(self):
        """What the model takes, for the whole photo: (h, w, 3), chroma and a mask."""
        grid = self.prepared.luminance
        hints = np.zeros((*grid.shape, 3), np.float32)
        hints[self.places(grid.shape)] = np.insert(self.chroma, 2, 1, axis=1)
        return hints

    def unreachable(self):
        """Yields each hint whose colour does not exist at the photo's brightness, and the CSS
        colour that is there in its place."""
        small = self.prepared.small
        rgb, chroma = reachable(
            resample.luminance(small[self.places(small.shape)][None], self.color_space)[0],
            self.chroma,
            self.color_space,
        )
        units = color.units(self.color_space)[1:]
        # In Lab these are units of a and b; in YUV the range is 1 instead of 100.
        scale = 100.0 / color.units(self.color_space)[0]
        misses = np.linalg.norm((chroma - self.chroma) * units * scale, axis=1)
        for hint, miss, nearest in zip(self.hints, misses, rgb, strict=True):
            if miss > MISS:
                yield hint, as_css(nearest)

    def bend(self, chroma):
        """The `ChromaField` of what a model gives, (h, w, 2), that renders as asked at the points.

        What is lacking is spread to near places of like luminance.
        """
        field = ChromaField(self.prepared.luminance, chroma, self.color_space)
        places = self.places(field.luminance.shape)
        pixels = self.places(self.prepared.small.shape)
        asked = self.chroma
        for _ in range(ROUNDS):
            lacking = asked - render.chroma_at(field, self.prepared.small, *pixels)
            more = spread(field.luminance, *places, lacking)
            field = dataclasses.replace(field, chroma=field.chroma + more)
        return field


def reachable(luminance, chroma, color_space):
    """The nearest colours that there are: RGB levels (n, 3), and their chroma (n, 2).

    Args:
        luminance: (n,) in [0, 1].
        chroma: (n, 2).
        color_space: That of both.
    """
    luminance, chroma = np.float32(luminance)[None, :, None], np.float32(chroma)[None]
    rgb = color.luminance_chroma_to_rgb(luminance, chroma, color_space)
    levels = np.rint(255 * rgb[0]).astype(int)
    return levels, color.rgb_to_luminance_chroma(rgb, color_space)[1][0]


def spread(luminance, rows, columns, values):
    """Values (n, 2) at places of a grid, spread around them within edges: (h, w, 2).

    Args:
        luminance: (h, w).
        rows, columns: The places, (n,) each.
        values: What the grid has at them; the nearest one counts most where several reach.
    """
    total = np.zeros((*luminance.shape, 2), np.float32)
    weights = np.zeros(luminance.shape, np.float32)
    strength = np.zeros(luminance.shape, np.float32)
    reach = int(3 * NEAR)
    # Grain would make holes.
    smooth = cv2.blur(luminance, (3, 3))
    for row, column, value in zip(rows, columns, values, strict=True):
        part = (
            slice(max(0, row - reach), row + reach + 1),
            slice(max(0, column - reach), column + reach + 1),
        )
        down = np.arange(luminance.shape[0])[part[0], None] - row
        right = np.arange(luminance.shape[1])[part[1]] - column
        alike = (smooth[part] - smooth[row, column]) / ALIKE
        nearness = np.exp(-((down**2 + right**2) / NEAR**2 + alike**2) / 2).astype(np.float32)
        # At a place itself its own value outweighs all others.
        weight = nearness / (1.001 - nearness)
        total[part] += weight[..., None] * value
        weights[part] += weight
        strength[part] = np.maximum(strength[part], nearness)
    return total * (strength / np.maximum(weights, 1e-12))[..., None]
