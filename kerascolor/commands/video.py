"""`kerascolor video`: films in colour."""

import dataclasses
import glob
import os
import pathlib
import re
import sys

from kerascolor import memory, terminal
from kerascolor.commands import flags

SUMMARY = "give films their colours"
DESCRIPTION = (
    "Gives films their colours, steady from frame to frame. Their luma, sound, subtitles, chapters "
    "and timing stay as they are. Needs kerascolor[video]."
)


def add_arguments(parser):
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="film, pattern, or folder of numbered frames (PNG, TIFF, JPEG or DPX)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        required=True,
        help="film, whose extension decides the container; a name such as out/%%06d.png for "
        "numbered frames; or a folder, for several films or the frames of a folder",
    )
    flags.add_colors(parser.add_argument_group("colours"))
    _add_film_settings(parser.add_argument_group("the film"))
    group = parser.add_argument_group("the run")
    flags.add_threads(group)
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="colorize films whose output exists, too; without it they are skipped",
    )


def _add_film_settings(group):
    group.add_argument(
        "--codec",
        choices=("h264", "h265", "vp9", "av1", "ffv1", "prores"),
        help="how the pictures are encoded (default: h264, or vp9 for .webm)",
    )
    group.add_argument(
        "--quality",
        type=float,
        metavar="N",
        help="constant quality in the codec's own scale, CRF: a smaller number is better and makes "
        "larger files (default: 18 for h264, 20 for h265, 24 for vp9 and av1)",
    )
    group.add_argument(
        "--start", type=_seconds, metavar="TIME", help="where to begin, as seconds or HH:MM:SS"
    )
    group.add_argument(
        "--end", type=_seconds, metavar="TIME", help="where to end, as seconds or HH:MM:SS"
    )
    group.add_argument(
        "--deinterlace",
        action="store_true",
        help="make whole frames of an interlaced film's fields",
    )
    group.add_argument(
        "--rate",
        type=float,
        default=24.0,
        metavar="N",
        help="frames a second of a folder of frames (default: %(default)s)",
    )


def _seconds(text):
    """Seconds of a time such as 90, 1:30 or 00:01:30.5."""
    import argparse

    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text} is no time: give seconds, or HH:MM:SS")
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def run(arguments):
    """Colorizes films; returns the exit status."""
    memory.check()
    try:
        # Here, for the help needs neither PyAV nor LiteRT.
        from kerascolor.batch import films
        from kerascolor.film.base import FilmError
    except ImportError as error:
        return _refuse(error)
    fields = {field.name for field in dataclasses.fields(films.FilmSettings)}
    settings = films.FilmSettings(
        **{name: value for name, value in vars(arguments).items() if name in fields}
    )
    try:
        jobs = _jobs(arguments.inputs, arguments.output)
        _check(settings)
    except ValueError as error:
        return _refuse(error)
    failed = 0
    for source, target in jobs:
        if not arguments.overwrite and target.is_file():
            terminal.say(f"{_name(target)} exists already; --overwrite colorizes it again")
            continue
        try:
            with terminal.native_messages_off(), _Bar(source) as bar:
                frames = films.colorize(source, target, settings, bar.tell, bar.progress)
            terminal.say(f"{_name(source)}: {frames} frames in colour: see {_name(target)}")
        except FilmError as error:
            failed += 1
            terminal.complain(f"kerascolor: {error}")
        except ValueError as error:
            return _refuse(error)
        except KeyboardInterrupt:
            terminal.complain(
                f"interrupted: {_name(target)} is not written; start again to go on with it"
            )
            return 130
    return 1 if failed else 0


def _refuse(error):
    terminal.complain(f"kerascolor: {error}")
    return 2


def _name(path):
    from kerascolor.photo import printable

    return printable(path)


def _check(settings):
    from kerascolor.runtime import limits

    for name in ("saturation", "temperature", "threads"):
        try:
            limits.check(name, getattr(settings, name))
        except ValueError as error:
            raise ValueError(f"--{error}") from error
    if settings.start is not None and settings.end is not None and settings.end <= settings.start:
        raise ValueError("--end: is not after --start")
    if not 0 < settings.rate <= 1000:
        raise ValueError(f"--rate: is {settings.rate}: give a number from 0 to 1000")


def _jobs(inputs, output):
    """Pairs of a film and its output.

    Raises:
        ValueError: There are no films, or the output does not suit them.
    """
    from kerascolor.film.codecs import CONTAINERS

    sources = []
    for text in inputs:
        found = (
            sorted(glob.glob(text)) if glob.has_magic(text) and not os.path.exists(text) else [text]
        )
        if not found:
            raise ValueError(f"{_name(text)}: no film matches this pattern")
        sources += found
    target = pathlib.Path(output)
    is_one = len(sources) == 1
    if is_one and ("%" in target.name or target.suffix.lower() in CONTAINERS):
        jobs = [(sources[0], target)]
    elif target.suffix and not target.is_dir() and not output.endswith(("/", os.sep)):
        raise ValueError(
            f"--output: {_name(output)} ends in none of {', '.join(CONTAINERS)}, and is no folder"
            if is_one
            else f"--output: {_name(output)} is one film, and there are {len(sources)} inputs: "
            "name a folder"
        )
    else:
        jobs = [(source, _in_folder(source, target, is_one)) for source in sources]
    for source, goal in jobs:
        if goal.exists() and os.path.exists(source) and goal.samefile(source):
            raise ValueError(
                f"--output: {_name(goal)} is an input, and inputs are never overwritten"
            )
    if len({goal for _, goal in jobs}) < len(jobs):
        raise ValueError("--output: two inputs have one name: colorize them one after the other")
    return jobs


def _in_folder(source, folder, is_one):
    from kerascolor.film.codecs import CONTAINERS

    source = pathlib.Path(source)
    if source.is_dir():
        return folder if is_one else folder / source.name
    return folder / (source.name if source.suffix.lower() in CONTAINERS else f"{source.stem}.mp4")


class _Bar:
    """Shows how a film goes, on a terminal by a bar. A context manager."""

    def __init__(self, source):
        self._source, self._bar = source, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._bar is not None:
            self._bar.close()

    def tell(self, line):
        terminal.complain(f"{_name(self._source)}: {line}")

    def progress(self, frames, total):
        if sys.stderr is None or not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit="frame", initial=frames - 1)
        self._bar.update(frames - self._bar.n)
