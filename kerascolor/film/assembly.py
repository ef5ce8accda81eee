"""A film made of its encoded parts and of what its source has beside the pictures."""

import contextlib
import heapq
import io
import itertools

import av

from kerascolor import atomic
from kerascolor.film.base import FilmError
from kerascolor.film.codecs import CODECS, CONTAINERS
from kerascolor.film.reader import reason
from kerascolor.film.writer import configure, read_packets
from kerascolor.photo import printable

# What a container says of itself, which is not the film's.
OWN_METADATA = {"major_brand", "minor_version", "compatible_brands", "encoder"}
BUFFER_BYTES = 1 << 20
# Streams that are copied, and whether a film without them would be less than its source.
KINDS = {"audio": True, "subtitle": False, "attachment": False}


def check(film, path, codec):
    """Says which of a film's streams can't go into a file of this name.

    Args:
        film: `reader.Film`, or None for one without other streams.
        path: The file to be written.
        codec: One of `codecs.CODECS`.

    Returns:
        List of what is left out, as a sentence has it, such as "subtitles (subrip)".

    Raises:
        FilmError: The container is unknown, or takes neither this codec nor the film's sound.
    """
    extension = path.suffix.lower()
    if extension not in CONTAINERS:
        raise FilmError(f"{printable(path)}: end its name in one of {', '.join(CONTAINERS)}")
    with av.open(io.BytesIO(), "w", format=CONTAINERS[extension][0]) as output:
        if CODECS[codec].encoder not in output.supported_codecs:
            raise FilmError(f"{extension} takes no {codec}: choose .mkv or another codec")
        if film is None:
            return []
        _, left_out = _add_copies(output, film.container)
    for kind, name in left_out:
        if KINDS[kind]:
            raise FilmError(
                f"{extension} takes no sound in {name}, which is copied as it is: choose .mkv"
            )
    return [f"{kind}s ({name})" for kind, name in left_out]


def assemble(parts, encoding, path, film=None, start=0, end=None):
    """Writes a film, whole or not at all.

    Args:
        parts: Paths of its `writer.Segment`s, in order.
        encoding: Their `writer.Encoding`.
        path: The film's file.
        film: `reader.Film` that it is made of, whose other streams, chapters and metadata it gets,
            or None.
        start, end: Seconds of the source, as fractions, between which it lies.

    Raises:
        FilmError: It can't be written.
    """
    extension = path.suffix.lower()
    try:
        with atomic.replacing(path) as file, contextlib.ExitStack() as stack:
            output = av.open(file, "w", format=CONTAINERS[extension][0], buffer_size=BUFFER_BYTES)
            stack.enter_context(output)
            stream = output.add_stream(CODECS[encoding.codec].encoder, encoding.rate)
            configure(stream.codec_context, encoding)
            stream.time_base = encoding.time_base
            if encoding.look.rotation:
                stream.set_display_rotation(encoding.look.rotation)
            if extension in (".mp4", ".m4v", ".mov") and encoding.codec == "h265":
                stream.codec_tag = "hvc1"
            flows = [_pictures(parts, encoding, stream, start)]
            if film is not None:
                other = stack.enter_context(film.open())
                copies, _ = _add_copies(output, other)
                _copy_metadata(output, stream, film, start, end)
                if copies:
                    flows.append(_others(other, copies, start, end))
            for _, packet in heapq.merge(*flows, key=lambda pair: pair[0]):
                output.mux(packet)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise FilmError(f"{printable(path)}: can't be written: {reason(error)}") from error


def _add_copies(output, source):
    """The output's streams by the source's index, and (kind, codec) of those that it can't have."""
    copies, left_out = {}, []
    for stream in source.streams:
        if stream.type not in KINDS:
            continue
        try:
            copies[stream.index] = output.add_stream_from_template(stream)
        except ValueError:
            context = stream.codec_context
            left_out.append((stream.type, context.name if context else "unknown"))
            continue
        copies[stream.index].metadata.update(stream.metadata)
        copies[stream.index].disposition = stream.disposition
    return copies, left_out


def _copy_metadata(output, stream, film, start, end):
    source = film.container
    output.metadata.update(
        {name: text for name, text in source.metadata.items() if name not in OWN_METADATA}
    )
    stream.metadata.update(
        {name: text for name, text in film.stream.metadata.items() if name != "encoder"}
    )
    stream.disposition = film.stream.disposition
    chapters = []
    for chapter in source.chapters():
        unit = chapter["time_base"]
        first = max(chapter["start"] - round(start / unit), 0)
        last = (chapter["end"] if end is None else min(chapter["end"], round(end / unit))) - round(
            start / unit
        )
        if first < last:
            chapters.append({**chapter, "start": first, "end": last})
    output.set_chapters(chapters)


def _pictures(parts, encoding, stream, start):
    """Yields (seconds, packet) of the pictures, in the order in which they are decoded."""
    last, unit = None, encoding.time_base
    shift = round(start / unit)
    for packet in itertools.chain.from_iterable(read_packets(part, encoding) for part in parts):
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        # Where frames vary in their length, a part begins to be decoded too early.
        if last is not None and packet.dts <= last:
            packet.dts = last + 1
        last = packet.dts
        packet.stream = stream
        yield last * unit, packet


def _others(source, copies, start, end):
    """Yields (seconds, packet) of all other streams between two times."""
    for packet in source.demux([source.streams[index] for index in copies]):
        if packet.dts is None:
            continue
        unit, time = packet.time_base, packet.pts if packet.pts is not None else packet.dts
        if (start and time * unit < start) or (end is not None and time * unit >= end):
            continue
        shift = round(start / unit)
        packet.dts -= shift
        if packet.pts is not None:
            packet.pts -= shift
        packet.stream = copies[packet.stream.index]
        yield packet.dts * unit, packet
