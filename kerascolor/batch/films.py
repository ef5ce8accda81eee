"""Films, colorized one after the other, and gone on with where a run was killed."""

import contextlib
import dataclasses
import json
import os
import pathlib
import queue
import shutil
import threading

import av

from kerascolor import atomic, photo
from kerascolor.film import assembly
from kerascolor.film.base import FilmError
from kerascolor.film.codecs import CONTAINERS
from kerascolor.film.folder import FrameFolder
from kerascolor.film.planes import chroma_planes, relight
from kerascolor.film.reader import Film, reason
from kerascolor.film.writer import Encoding, Segment
from kerascolor.runtime import render
from kerascolor.runtime.video import VideoColorizer

# A killed run goes on at its last finished segment of so many seconds, and looks at these seconds
# before it to have its memory again.
SEGMENT_SECONDS = 10
MEMORY_SECONDS = 2
# Frames that wait between two steps of the work.
WAITING = 8


@dataclasses.dataclass(frozen=True)
class FilmSettings:
    """How a film is colorized.

    Args:
        model, temperature, saturation: As `VideoColorizer` has them.
        codec: One of `film.codecs.CODECS`; None for that of the output's container.
        quality: In the codec's own scale; None for its default.
        start, end: Seconds of the film between which it is colorized; None for all of it.
        deinterlace: Whether interlaced frames are made whole ones.
        rate: Frames a second of a folder of frames.
        threads: Processor cores to use; by default all.
    """

    model: str = "classifier"
    temperature: float | None = None
    saturation: float = 1.0
    codec: str | None = None
    quality: float | None = None
    start: float | None = None
    end: float | None = None
    deinterlace: bool = False
    rate: float = 24
    threads: int | None = None


def open_film(path, settings):
    """The `Film` or `FrameFolder` of a path.

    Raises:
        FilmError: It is neither.
    """
    if not os.path.lexists(path):
        raise FilmError(f"{photo.printable(path)}: no such file or folder")
    if os.path.isdir(path):
        return FrameFolder(path, settings.rate)
    return Film(path, settings.deinterlace)


def colorize(source, target, settings, tell=print, progress=lambda frames, total: None):
    """Colorizes a film.

    Args:
        source: A film's file, or a folder of numbered frames.
        target: The file to write; or, to write numbered frames, a folder, or a name that has
            %d or %06d where the number goes.
        settings: `FilmSettings`.
        tell: Is given a line for each thing that is not as in the source.
        progress: Is given the number of frames done so far, and how many there are about.

    Returns:
        The number of frames.

    Raises:
        FilmError: The film can't be read, or the target can't be written.
    """
    target = pathlib.Path(target)
    with open_film(source, settings) as film:
        if film.is_interlaced and not settings.deinterlace:
            tell("it is interlaced: --deinterlace makes whole frames of its fields")
        start, end = _times(film, settings)
        total = film.count
        if total is not None and (settings.start or settings.end):
            first = film.first_time if start is None else start
            last = film.first_time + total / (film.rate * film.time_base) if end is None else end
            total = max(0, min(total, round((last - first) * film.time_base * film.rate)))
        colorizer = VideoColorizer(
            settings.model, settings.temperature, settings.saturation, settings.threads
        )

        def show(frames):
            progress(frames, total)

        run = _to_film if target.suffix.lower() in CONTAINERS else _to_frames
        done = run(film, target, settings, colorizer, tell, show)
        if not done:
            raise FilmError(f"{photo.printable(source)}: no frames between start and end")
        if film.lost:
            tell(f"{film.lost} frames are damaged: they are left out, or shown as they are")
        return done


def _times(film, settings):
    """The times of start and end in the film's units, or None."""
    return tuple(
        None if seconds is None else film.first_time + round(seconds / film.time_base)
        for seconds in (settings.start, settings.end)
    )


def _to_film(film, target, settings, colorizer, tell, progress):
    codec = settings.codec or CONTAINERS[target.suffix.lower()][1]
    encoding = Encoding(
        film.size,
        film.look,
        film.rate,
        film.time_base,
        film.sample_aspect_ratio,
        codec,
        settings.quality,
        settings.threads or 0,
    )
    source = film if film.container else None
    for left_out in assembly.check(source, target, codec):
        tell(f"left out, for {target.suffix} takes none: {left_out}")
    if encoding.coded_look.bits < film.look.bits:
        tell(f"its {film.look.bits} bits become {encoding.coded_look.bits}")
    if encoding.format.startswith("yuv444"):
        tell("its odd size needs 4:4:4 chroma, which not all players show")
    with _Parts(target, film, settings) as parts:
        start, end = _times(film, settings)
        begin = parts.next_time if parts.next_time is not None else start
        done = parts.frames
        if not parts.is_complete:
            for done in parts.write(encoding, _colored(film, colorizer, encoding, begin, end)):
                progress(done)
        if done:
            first = (settings.start or 0) and (start - film.first_time) * film.time_base
            last = None if end is None else end * film.time_base
            assembly.assemble(parts.paths, encoding, target, source, first, last)
        parts.remove()
    return done


def _colored(film, colorizer, encoding, begin, end):
    """Yields the frames from `begin` on with their chroma planes, by threads of their own."""
    memory = round(MEMORY_SECONDS / film.time_base)
    frames = ahead(film.frames(None if begin is None else begin - memory, end))
    fields = ahead(colorizer.fields(frames, lambda frame: frame.grey()))
    saturation = colorizer.saturation

    def planes():
        for frame, field in fields:
            if begin is None or frame.time >= begin:
                field, frame = relight(field, frame)
                yield frame, chroma_planes(field, frame, encoding.chroma_size, saturation)

    return ahead(planes())


def _to_frames(film, target, settings, colorizer, tell, progress):
    folder = target.parent if "%" in target.name else target
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        name = photo.printable(folder)
        raise FilmError(f"{name}: can't be made a folder: {error.strerror}") from error
    frames = ahead(film.frames(*_times(film, settings)))
    done = 0
    for frame, field in ahead(colorizer.fields(frames, lambda frame: frame.grey())):
        done += 1
        path = _frame_path(target, frame, done)
        picture = frame.grey()
        picture = render.render(field, picture, colorizer.saturation, colorizer.threads)
        try:
            photo.write(picture, path)
        except photo.PhotoError as error:
            raise FilmError(str(error)) from error
        progress(done)
    return done


def _frame_path(target, frame, number):
    if "%" in target.name:
        return target.with_name(target.name % number)
    if frame.name is None:
        return target / f"{number:06}.png"
    path = target / frame.name
    return path if path.suffix.lower() in photo.FORMATS else path.with_suffix(".tif")


class _Parts:
    """The finished segments of a film, in a hidden folder beside it. A context manager.

    Attributes:
        paths: Their paths, in order.
        frames: How many frames they have.
        next_time: Time of the first frame after them, or None where there are none.
        is_complete: Whether no frame comes after them.
    """

    def __init__(self, target, film, settings):
        self._folder = target.with_name(f"{atomic.PREFIX}{target.name}")
        self._rate = film.rate
        status = os.stat(film.path)
        made = [str(film.path), status.st_size, status.st_mtime_ns, dataclasses.astuple(settings)]
        self._made = json.dumps(made)
        self.paths, self.frames, self.next_time, self.is_complete = [], 0, None, False

    def __enter__(self):
        note = self._folder / "settings.json"
        with contextlib.suppress(OSError, ValueError):
            if note.read_text() != self._made:
                shutil.rmtree(self._folder)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            note.write_text(self._made)
        except OSError as error:
            name = photo.printable(self._folder.parent)
            raise FilmError(f"{name}: can't be written into: {error.strerror}") from error
        for path in sorted(self._folder.glob("part-*.part")):
            _, _, frames, time = path.stem.split("-", 3)
            self.paths.append(path)
            self.frames = int(frames)
            self.is_complete = time == "end"
            self.next_time = None if self.is_complete else int(time)
        return self

    def __exit__(self, *_):
        # Nothing is worth keeping of a run that finished no segment.
        if not self.paths:
            self.remove()

    def remove(self):
        """Removes the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, encoding, frames):
        """Writes frames with their chroma planes; yields how many there are so far."""
        length = max(1, round(SEGMENT_SECONDS * self._rate))
        frames = iter(frames)
        pair = next(frames, None)
        while pair:
            path = self._folder / "unfinished"
            try:
                with Segment(path, encoding) as segment:
                    for _ in range(length):
                        segment.write(*pair)
                        self.frames += 1
                        yield self.frames
                        pair = next(frames, None)
                        if pair is None:
                            break
                    segment.finish()
            except (OSError, av.FFmpegError) as error:
                raise FilmError(
                    f"{photo.printable(self._folder)}: can't be written: {reason(error)}"
                ) from error
            time = pair[0].time if pair else "end"
            finished = path.with_name(f"part-{len(self.paths):05}-{self.frames}-{time}.part")
            path.rename(finished)
            self.paths.append(finished)


def ahead(items):
    """Yields items that a thread of its own makes, a few of them ahead."""
    waiting, is_over = queue.Queue(WAITING), threading.Event()
    end = object()

    def put(item):
        while not is_over.is_set():
            with contextlib.suppress(queue.Full):
                waiting.put(item, timeout=0.1)
                return

    def work():
        try:
            for item in items:
                put((item, None))
                if is_over.is_set():
                    break
            put((end, None))
        except BaseException as error:
            put((end, error))
        finally:
            close = getattr(items, "close", None)
            if close:
                close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is end:
                return
            yield item
    finally:
        is_over.set()
        thread.join()
