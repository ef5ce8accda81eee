"""Encoding frames with PyAV, into files that are parts of a film."""

import dataclasses
import fractions
import struct

import av
import av.codec.context
import numpy as np

from kerascolor.film.base import Look
from kerascolor.film.codecs import CODECS, pixel_format
from kerascolor.film.reader import FULL_RANGE

LIMITED_RANGE = 1
# A packet's times, whether it is a keyframe, and how many bytes follow.
RECORD = struct.Struct("<qqq?q")
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
    def options(self):
        """The encoder's options."""
        codec = CODECS[self.codec]
        quality = codec.quality if self.quality is None else self.quality
        return {name: text.format(quality=quality) for name, text in codec.options.items()}

    @property
    def chroma_size(self):
        """Height and width of the chroma planes."""
        pixels = av.VideoFormat(self.format, self.size[1], self.size[0])
        return pixels.chroma_height(self.size[0]), pixels.chroma_width(self.size[1])


def configure(context, encoding):
    """Sets an encoder's context up, before it is opened."""
    look = encoding.coded_look
    context.height, context.width = encoding.size
    context.pix_fmt = encoding.format
    context.time_base = encoding.time_base
    context.framerate = encoding.rate
    context.gop_size = max(1, round(KEYFRAME_SECONDS * encoding.rate))
    if encoding.sample_aspect_ratio:
        context.sample_aspect_ratio = encoding.sample_aspect_ratio
    context.color_range = FULL_RANGE if look.is_full else LIMITED_RANGE
    context.colorspace = look.matrix
    context.color_primaries, context.color_trc = look.primaries, look.transfer
    context.options = encoding.options
    context.thread_count = encoding.threads
    context.thread_type = "AUTO"


class Segment:
    """A file of encoded frames, a part of a film, for `read_packets`. A context manager.

    Args:
        path: The file.
        encoding: `Encoding`.

    Raises:
        OSError: The file can't be written.
        av.FFmpegError: The codec does not take such frames.
    """

    def __init__(self, path, encoding):
        self.encoding = encoding
        self._context = av.CodecContext.create(CODECS[encoding.codec].encoder, "w")
        configure(self._context, encoding)
        # All containers here want the headers apart from the frames.
        self._context.flags |= av.codec.context.Flags.global_header
        self._context.open()
        self._file = open(path, "wb")  # noqa: SIM115, for __exit__ closes it.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

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
        self._write(coded)

    def finish(self):
        """Writes what the encoder still has, and closes the file."""
        self._write(None)
        self._file.close()

    def _write(self, frame):
        for packet in self._context.encode(frame):
            content = bytes(packet)
            times = packet.pts, packet.dts, packet.duration or 0
            self._file.write(RECORD.pack(*times, packet.is_keyframe, len(content)) + content)


def read_packets(path, encoding):
    """Yields the packets of a `Segment`'s file, in the order in which they are decoded."""
    with open(path, "rb") as file:
        while head := file.read(RECORD.size):
            pts, dts, duration, is_keyframe, size = RECORD.unpack(head)
            packet = av.Packet(file.read(size))
            packet.pts, packet.dts, packet.duration = pts, dts, duration
            packet.time_base, packet.is_keyframe = encoding.time_base, is_keyframe
            yield packet


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
