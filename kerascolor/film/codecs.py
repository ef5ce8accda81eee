"""The table of codecs that films are written with."""

import dataclasses

import av

from kerascolor.film.base import FilmError


@dataclasses.dataclass(frozen=True)
class Codec:
    """A way to encode a film.

    Args:
        encoder: FFmpeg's name of the encoder.
        quality: The quality that is used when none is asked for, or None for a codec without.
        options: FFmpeg's options; "{quality}" stands for the quality.
        even: Whether 4:2:0 needs even sizes.
    """

    encoder: str
    quality: int | None
    options: dict
    even: bool = False


CODECS = {
    "h264": Codec("libx264", 18, {"preset": "veryfast", "crf": "{quality}"}, even=True),
    "h265": Codec(
        "libx265",
        20,
        {"preset": "veryfast", "crf": "{quality}", "x265-params": "log-level=none"},
        even=True,
    ),
    "vp9": Codec(
        "libvpx-vp9",
        24,
        {"crf": "{quality}", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "1"},
    ),
    "av1": Codec("libsvtav1", 24, {"crf": "{quality}", "preset": "9"}),
    "ffv1": Codec("ffv1", None, {"level": "3", "slices": "4", "slicecrc": "1"}),
    "prores": Codec("prores_ks", None, {"profile": "hq"}),
}
# FFmpeg's name of the container and the codec that it gets by default, by the extension.
CONTAINERS = {
    ".mp4": ("mp4", "h264"),
    ".m4v": ("mp4", "h264"),
    ".mov": ("mov", "h264"),
    ".mkv": ("matroska", "h264"),
    ".webm": ("webm", "vp9"),
}
DEPTHS = (8, 10, 12, 16)


def pixel_format(codec, size, bits):
    """Name of the format that frames of this size and depth are encoded in, and its depth.

    4:2:0 where the codec has it for this size; the film's depth, else the next larger one that the
    codec has, else its largest.

    Raises:
        FilmError: The codec takes no frames of this size.
    """
    names = {format.name for format in av.Codec(codec.encoder, "w").video_formats}
    is_odd = codec.even and (size[0] % 2 or size[1] % 2)
    layouts = ("444",) if is_odd else ("420", "422", "444")
    depths = [depth for depth in DEPTHS if depth >= bits]
    depths += [depth for depth in reversed(DEPTHS) if depth < bits]
    for depth in depths:
        for layout in layouts:
            name = f"yuv{layout}p" if depth == 8 else f"yuv{layout}p{depth}le"
            if name in names:
                return name, depth
    raise FilmError(f"{codec.encoder} takes no frames of {size[1]} x {size[0]}: choose another")
