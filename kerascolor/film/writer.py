"""Encoding frames with PyAV, into files that are parts of a film."""

import contextlib
import dataclasses
import fractions

import av
import numpy as np

from kerascolor.film.base import Look
from kerascolor.film.codecs import CODECS, pixel_format
from kerascolor.film.reader import FULL_RANGE

LIMITED_RANGE = 1
# Seconds between two frames that can be sought.
KEYFRAME_SECONDS = 5


@dataclasses.dataclass(frozen=True)
class Encoding:
    """How the frames of a film are encoded.

    Args:
        size: Height and width of the frames.
        look: `Look` of the frames.
        rate: Frames a second, a fraction.
        time_base: Seconds in a unit of time, a fraction.
        sample_aspect_ratio: Width of a sample over its height, or None.
        codec: One of `codecs.CODECS`.
        quality: In the codec's own scale; None for its default.
        threads: Processor cores to use.
    """

    size: tuple[int, int]
    look: Look
    rate: fractions.Fraction
    time_base: fractions.Fraction
    sample_aspect_ratio: fractions.Fraction | None
    codec: str
    quality: float | None = None
    threads: int = 0

    @property
    def format(self):
        """FFmpeg's name of the pixel format."""
        return pixel_format(CODECS[self.codec], self.size, self.look.bits)[0]

    @property
    def coded_look(self):
        """The `Look` of the frames as the codec has them, whose depth may be another."""
        bits = pixel_format(CODECS[self.codec], self.size, self.look.bits)[1]
        return dataclasses.replace(self.look, bits=bits)

    @property
    def chroma_size(self):
        """Height and width of the chroma planes."""
        pixels = av.VideoFormat(self.format, self.size[1], self.size[0])
        return pixels.chroma_height(self.size[0]), pixels.chroma_width(self.size[1])


class Segment:
    """A file of encoded frames without sound, a part of a film. A context manager.

    Args:
        path: The file.
        encoding: `Encoding`.

    Raises:
        av.FFmpegError: The codec does not take such frames, or the file can't be written.
    """

    def __init__(self, path, encoding):
        self.encoding = encoding
        self._container = av.open(str(path), "w", format="nut")
        try:
            self._stream = self._add_stream()
        except BaseException:
            self._container.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(av.FFmpegError):
            self._container.close()

    def _add_stream(self):
        encoding, codec = self.encoding, CODECS[self.encoding.codec]
        quality = codec.quality if encoding.quality is None else encoding.quality
        options = {name: text.format(quality=quality) for name, text in codec.options.items()}
        stream = self._container.add_stream(codec.encoder, encoding.rate, options)
        context, look = stream.codec_context, encoding.coded_look
        context.height, context.width = encoding.size
        context.pix_fmt = encoding.format
        context.time_base = stream.time_base = encoding.time_base
        context.framerate = encoding.rate
        context.gop_size = max(1, round(KEYFRAME_SECONDS * encoding.rate))
        if encoding.sample_aspect_ratio:
            context.sample_aspect_ratio = encoding.sample_aspect_ratio
        context.color_range = FULL_RANGE if look.is_full else LIMITED_RANGE
        context.colorspace = look.matrix
        context.color_primaries, context.color_trc = look.primaries, look.transfer
        context.thread_count = encoding.threads
        context.thread_type = "AUTO"
        return stream

    def write(self, frame, chroma):
        """Adds a frame.

        Args:
            frame: `Frame`, whose time is larger than the last one's.
            chroma: Its Cb and Cr, of the encoding's `chroma_size` and the frame's depth.
        """
        encoding = self.encoding
        coded = av.VideoFrame(encoding.size[1], encoding.size[0], encoding.format)
        bits = encoding.coded_look.bits
        for plane, values in zip(coded.planes, (frame.luma, *chroma), strict=True):
            _fill(plane, _at_depth(values, frame.look.bits, bits))
        coded.pts, coded.time_base = frame.time, encoding.time_base
        coded.color_range = FULL_RANGE if frame.look.is_full else LIMITED_RANGE
        coded.colorspace = frame.look.matrix
        self._mux(coded)

    def finish(self):
        """Writes what the encoder still has, and closes the file."""
        self._mux(None)
        self._container.close()

    def _mux(self, frame):
        for packet in self._stream.encode(frame):
            self._container.mux(packet)


def _at_depth(values, bits, wanted):
    """Values of one depth at another, exact where it is larger."""
    if bits == wanted:
        return values
    if wanted > bits:
        return values.astype(np.uint16) << (wanted - bits)
    rounded = (values.astype(np.uint32) + (1 << bits - wanted - 1)) >> bits - wanted
    return np.minimum(rounded, (1 << wanted) - 1).astype(np.uint8 if wanted == 8 else np.uint16)


def _fill(plane, values):
    rows = np.frombuffer(plane, values.dtype).reshape(-1, plane.line_size // values.itemsize)
    rows[: values.shape[0], : values.shape[1]] = values
