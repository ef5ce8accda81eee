"""Reading films with PyAV: the luma of each frame, whatever the container and codec."""

import contextlib
import fractions
import itertools
import os

import av
import av.filter
import numpy as np

from kerascolor.film.base import BT601, BT709, HD_HEIGHT, WEIGHTS, FilmError, Frame, Look
from kerascolor.photo import printable

# FFmpeg's numbers of HDR's curves.
HDR = {16: "PQ", 18: "HLG"}
FULL_RANGE = 2


class Film:
    """A film file that is open for reading. A context manager.

    Args:
        path: The file.
        deinterlace: Whether interlaced frames are made whole ones.

    Attributes:
        size: Height and width of the frames, as they are stored.
        look: `Look` of the frames.
        rate: Frames a second, a fraction; the mean where their timestamps vary.
        time_base: Seconds in a unit of time, a fraction.
        sample_aspect_ratio: Width of a sample over its height, or None.
        count: How many frames there are about, or None.
        is_interlaced: Whether the frames are stored as fields.
        lost: How many frames could not be read so far.

    Raises:
        FilmError: The file can't be read, has no film in it, or one in HDR.
    """

    def __init__(self, path, deinterlace=False):
        self.path, self.lost = path, 0
        self.container = self.open()
        try:
            self._begin(deinterlace)
        except BaseException:
            self.container.close()
            raise

    def open(self):
        """The file once more, as a container of PyAV."""
        try:
            return av.open(os.fspath(self.path), metadata_errors="replace")
        except (av.FFmpegError, OSError) as error:
            raise FilmError(f"{printable(self.path)}: {reason(error)}") from error

    def _begin(self, deinterlace):
        name = printable(self.path)
        videos = [stream for stream in self.container.streams.video if not _is_cover(stream)]
        if not videos:
            raise FilmError(f"{name}: there is no film in this file")
        self.stream = videos[0]
        first = next(self._decode(self.container), None)
        if first is None:
            raise FilmError(f"{name}: not one frame of it can be read")
        if first.color_trc in HDR:
            curve = HDR[first.color_trc]
            raise FilmError(f"{name}: HDR ({curve}) can't be colorized: convert it to SDR first")
        self.first_time = first.pts or 0
        self.size = first.height, first.width
        self.is_interlaced = first.interlaced_frame
        self._planar = planar_format(first.format)
        self.look = look_of(first, self._planar)
        self.time_base = self.stream.time_base
        rate = self.stream.average_rate or self.stream.guessed_rate
        self.rate = rate or fractions.Fraction(25)
        self.sample_aspect_ratio = self.stream.sample_aspect_ratio
        self.count = self.stream.frames or self._count()
        self._deinterlaces = deinterlace and self.is_interlaced

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.container.close()

    def frames(self, start=None, end=None):
        """Yields the `Frame`s whose time is at least `start` and less than `end`, in order."""
        self.lost = 0
        with self.open() as container:
            if start is not None and start > self.first_time:
                # A file that can't be sought in is read from its beginning.
                with contextlib.suppress(av.FFmpegError):
                    container.seek(start, stream=container.streams[self.stream.index])
            decoded = self._decode(container)
            if self._deinterlaces:
                decoded = self._deinterlaced(decoded)
            for frame, time in self._timed(decoded):
                if end is not None and time >= end:
                    return
                if start is None or time >= start:
                    yield self._frame(frame, time)

    def _timed(self, decoded):
        """Yields each decoded frame with its time; frames without one follow at the film's rate."""
        step = max(1, round(1 / (self.rate * self.time_base)))
        last = None
        for frame in decoded:
            time = frame.pts
            if time is None or (last is not None and time <= last):
                time = self.first_time if last is None else last + step
            last = time
            yield frame, time

    def _frame(self, frame, time):
        if (frame.height, frame.width) != self.size:
            raise FilmError(
                f"{printable(self.path)}: its frames change their size at "
                f"{float(time * self.time_base):.1f} s: split it there"
            )
        if frame.format.name != self._planar:
            frame = frame.reformat(format=self._planar)
        return Frame(luma_of(frame), self.look, time)

    def _decode(self, container):
        """Yields the frames that can be decoded, and counts the packets that can't be."""
        stream = container.streams[self.stream.index]
        stream.thread_type = "AUTO"
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                # The rest of the file is missing, or no packet is found in it.
                self.lost += 1
                packet = None
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.lost += 1
                continue
            for frame in frames:
                self.lost += bool(frame.is_corrupt)
                yield frame

    def _deinterlaced(self, frames):
        frames = iter(frames)
        first = next(frames, None)
        if first is None:
            return
        graph = av.filter.Graph()
        source = graph.add_buffer(template=self.stream, time_base=self.time_base)
        bwdif = graph.add("bwdif", "mode=send_frame:deint=interlaced")
        source.link_to(bwdif)
        bwdif.link_to(graph.add("buffersink"))
        graph.configure()
        for frame in itertools.chain([first], frames, [None]):
            graph.vpush(frame)
            while True:
                try:
                    yield graph.vpull()
                except (av.BlockingIOError, av.EOFError):
                    break

    def _count(self):
        seconds = self.stream.duration and self.stream.duration * self.time_base
        if not seconds and self.container.duration:
            seconds = fractions.Fraction(self.container.duration, av.time_base)
        return round(seconds * self.rate) if seconds else None


def look_of(frame, planar):
    """The `Look` of a decoded frame, in the format of this name."""
    pixels = av.VideoFormat(planar)
    is_grey = frame.format.name.startswith("gray")
    is_full = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
    if frame.format.is_rgb or (is_grey and frame.color_range == 0):
        is_full = frame.format.is_rgb is False
    matrix = frame.colorspace
    if matrix not in WEIGHTS:
        matrix = BT709 if frame.height >= HD_HEIGHT else BT601
    rotation = round(frame.rotation / 90) * 90 % 360
    return Look(
        max(component.bits for component in pixels.components),
        is_full,
        matrix,
        frame.color_primaries,
        frame.color_trc,
        rotation,
    )


def planar_format(pixels):
    """Name of the format that a frame's luma is read in: its own where its first plane is luma."""
    bits = max(component.bits for component in pixels.components)
    is_planar = pixels.is_planar or len(pixels.components) == 1
    has_luma = not pixels.is_rgb and not pixels.has_palette and is_planar
    is_stored_low = pixels.name.startswith(("yuv", "gray", "nv12", "nv21", "nv16"))
    if has_luma and is_stored_low and not pixels.name.endswith("be") and "f" not in pixels.name:
        return pixels.name
    return "yuv444p" if bits == 8 else f"yuv444p{10 if bits <= 10 else 12 if bits <= 12 else 16}le"


def luma_of(frame):
    """Y (H, W) of a frame in a planar format, not copied."""
    plane = frame.planes[0]
    bits = frame.format.components[0].bits
    kind = np.dtype(np.uint8 if bits == 8 else "<u2")
    rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: frame.height, : frame.width]


def _is_cover(stream):
    return bool(stream.disposition & type(stream.disposition).attached_pic)


def reason(error):
    """Why FFmpeg failed, in one line."""
    if isinstance(error, av.InvalidDataError):
        return "no film, or damaged"
    return getattr(error, "strerror", None) or " ".join(str(error).split())
