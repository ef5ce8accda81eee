"""What a film is to every other module: its frames' luma, and what it means."""

import dataclasses

import numpy as np

from kerascolor.photo import Photo

# The weights of red and blue in luma, by FFmpeg's number of the matrix.
BT709, BT601, BT2020 = 1, 6, 9
WEIGHTS = {
    BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    BT601: (0.299, 0.114),
    7: (0.212, 0.087),
    BT2020: (0.2627, 0.0593),
}
# A film that does not say which matrix it has is taken to be in HD from this height on.
HD_HEIGHT = 720


class FilmError(ValueError):
    """A film that can't be read or written, and why, in one line."""


@dataclasses.dataclass(frozen=True)
class Look:
    """What the numbers in a film's planes mean.

    Args:
        bits: How many bits a value has, 8 to 16.
        is_full: Whether they go from 0 to the largest, as in JPEG, or are limited, as in television
            (16 to 235 of 8 bits).
        matrix: FFmpeg's number of the matrix between RGB and luma and chroma, a key of `WEIGHTS`.
        primaries, transfer: FFmpeg's numbers of the primaries and the transfer curve.
        rotation: Degrees, 0, 90, 180 or 270, by which a player turns the frames to the left.
    """

    bits: int = 8
    is_full: bool = False
    matrix: int = BT601
    primaries: int = 2
    transfer: int = 2
    rotation: int = 0

    @property
    def levels(self):
        """Luma of black and of white, and the middle and the range of chroma."""
        unit = 1 << (self.bits - 8)
        if self.is_full:
            return 0, 256 * unit - 1, 128 * unit, 256 * unit - 1
        return 16 * unit, 235 * unit, 128 * unit, 224 * unit

    @property
    def turns(self):
        """Quarter turns to the left that set a frame upright, as `np.rot90` takes them."""
        return self.rotation // 90


@dataclasses.dataclass(frozen=True, eq=False)
class Frame:
    """A frame of a film without its colours.

    Args:
        luma: Y (H, W), uint8 for 8 bits and uint16 for more, as the film stores it.
        look: `Look`.
        time: When it is shown, in units of the film's time base.
        name: Name of its file, where it is one of a folder of frames.
    """

    luma: np.ndarray
    look: Look
    time: int
    name: str | None = None

    def grey(self, luma=None):
        """The upright `Photo` of grey levels, full range, of 8 or 16 bits.

        Args:
            luma: The luma at another size; by default the frame's own.
        """
        luma = self.luma if luma is None else luma
        black, white, *_ = self.look.levels
        largest = 255 if self.look.bits == 8 else 65535
        if (black, white) != (0, largest):
            levels = np.arange(256 << (self.look.bits - 8))
            table = np.rint(np.clip((levels - black) / (white - black), 0, 1) * largest)
            luma = table.astype(np.uint8 if self.look.bits == 8 else np.uint16)[luma]
        return Photo(np.ascontiguousarray(np.rot90(luma, self.look.turns)))
