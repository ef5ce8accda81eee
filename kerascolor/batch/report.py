"""What became of each photo: on the terminal, and in a file for programs."""

import collections
import dataclasses
import json
import os
import stat
import sys

from kerascolor import photo, terminal
from kerascolor.batch import marks
from kerascolor.batch.jobs import Failure
from kerascolor.batch.settings import BatchError


@dataclasses.dataclass(frozen=True)
class Summary:
    """How a batch of photos ended.

    Args:
        counts: How many photos were "colorized", "skipped" and "failed".
        had_colors: How many of the colorized ones were in colour already.
        kept: How many were passed over for that reason.
        passed_over: How many other files there were in folders, by their extension.
        made_with: For skipped photos that were made with other settings these settings, a tuple of
            (name, value) pairs, and how many photos were.
        output: The folder where the results are, or the file; None where nothing was colorized.
        left: How many photos were not begun, of a batch that was interrupted; else None.
        is_report_lost: Whether the report could not be written to its end.
        is_infrared: Whether the photos were infrared pictures to the model.
    """

    counts: dict[str, int]
    had_colors: int
    kept: int
    passed_over: dict[str, int]
    made_with: dict[tuple, int]
    output: str | None
    left: int | None
    is_report_lost: bool
    is_infrared: bool = False

    @property
    def status(self):
        """Exit status: 0, all is done; 1, some photos or the report are not; 130, interrupted."""
        if self.left is not None:
            return 130
        return 1 if self.counts["failed"] or self.is_report_lost else 0


class Report:
    """Shows how a batch of photos goes: a bar on a terminal, else a line for each photo.

    A context manager, which ends the bar.

    Args:
        total: Number of photos to come, without the skipped ones.
        said: From a `Job` to what its result says about itself, see `marks.values`.
        path: File to which a line of JSON is added for each photo; None for no such file.

    Raises:
        BatchError: The file can't be written.
    """

    def __init__(self, total, said, path=None):
        self.left = total
        self.counts = {"colorized": 0, "skipped": 0, "failed": 0}
        self.had_colors = self.kept = 0
        self.extensions = collections.Counter()
        self.made_with = collections.Counter()
        self.said = said
        self.path = path
        self.file = _open(path) if path else None
        self.is_lost = False
        self.bar = None
        if sys.stderr is not None and sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=total, unit="photo")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._draw("close")

    def passed_over(self, path):
        """A file in a folder is no photo by its extension."""
        self.extensions[path.suffix.lower()] += 1
        self._record("passed over", path, None, "not a photo by its extension")

    def skipped(self, job, said):
        """A photo's output was there already, which says this about itself."""
        self.counts["skipped"] += 1
        reason = "the output exists"
        if others := marks.different(said, self.said(job)):
            self.made_with[others] += 1
            reason += ", made with other settings"
        self._record("skipped", job.source, job.target, reason, **_settings(said))

    def result(self, job, result):
        """A photo is written, or not."""
        if result.reason is not None:
            self.failed(Failure(job.source, result.reason, job.target))
            return
        source = photo.printable(job.source)
        if result.is_kept:
            self._advance()
            self.kept += 1
            self._tell(f"{source}: in colour already")
            self._record("passed over", job.source, None, "in colour already", size=result.size)
            return
        self._advance("colorized")
        self.had_colors += result.had_colors
        self._tell(f"{source} -> {_names(job)} ({result.seconds:.1f} s)")
        for note in result.notes:
            self._complain(f"{source}: {note}")
        reason = None
        if result.left_out:
            reason = f"only the first of its {result.left_out + 1} pages is colorized"
            self._complain(f"{source}: {reason}")
        elif result.had_colors:
            reason = "in colour already"
        settings = _settings(self.said(job))
        more = {"seconds": round(result.seconds, 3), "size": result.size, **settings}
        self._record("colorized", job.source, job.target, reason, **more)

    def failed(self, failure):
        """A photo is not written."""
        self._advance("failed")
        self._complain(f"{photo.printable(failure.source)}: {failure.reason}")
        self._record("failed", failure.source, failure.target, failure.reason)

    def _advance(self, outcome=None):
        if outcome:
            self.counts[outcome] += 1
        self.left -= 1
        self._draw("update")

    def _tell(self, line):
        if self.bar is None:
            terminal.say(line)

    def _complain(self, line):
        line = terminal.safe(line)
        if self.bar is None:
            terminal.complain(line)
        else:
            self._draw("write", line, file=sys.stderr)

    def _draw(self, action, *arguments, **settings):
        """Has the bar do something, where there is one and its terminal is still there."""
        if self.bar is None:
            return
        try:
            getattr(self.bar, action)(*arguments, **settings)
        except OSError:
            terminal.silence(sys.stderr)

    def _record(self, status, source, target, reason, **more):
        if self.file is None:
            return
        record = {
            "input": os.fspath(source),
            "output": target and os.fspath(target),
            "status": status,
            "seconds": None,
            "size": None,
            "reason": reason,
            **more,
        }
        try:
            print(_json(record), file=self.file, flush=True)
        except OSError as error:
            # The photos matter more.
            self._complain(f"{photo.printable(self.path)}: can't be written: {error.strerror}")
            self.file, self.is_lost = None, True

    def summary(self, output, is_infrared=False, is_interrupted=False):
        """The `Summary` of photos, or infrared pictures, that go to this output."""
        if not self.counts["colorized"]:
            output = None
        elif not os.path.exists(output):
            # Samples have other names in the same folder.
            output = os.path.dirname(output) or "."
        return Summary(
            self.counts,
            self.had_colors,
            self.kept,
            dict(self.extensions.most_common()),
            dict(self.made_with.most_common()),
            output,
            self.left if is_interrupted else None,
            self.is_lost,
            is_infrared,
        )


def _settings(said):
    """What a line of the report says of the settings, from what a result says about itself."""
    settings = {
        name: said[name] for name in said if name not in ("colors", "model", "sample", "view")
    }
    return {"model": said.get("model"), "settings": settings}


def _json(record):
    """A line of JSON with names as they are, or escaped where they are no text."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(record)
    return line


def _names(job):
    """The files that a job writes, for a line."""
    first, *others = job.results
    return photo.printable(first) + (f" to {others[-1].name}" if others else "")


def _open(path):
    try:
        if os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode):
            # Opened, it would wait for ever.
            raise BatchError(f"{photo.printable(path)} is a pipe: name a file", "report")
        if _is_cut(path):
            with open(path, "a") as file:
                file.write("\n")
        return open(path, "a", encoding="utf-8")
    except OSError as error:
        raise BatchError(
            f"{photo.printable(path)} can't be written: {error.strerror}", "report"
        ) from error


def _is_cut(path):
    """Whether the last line has no end, as when a disk was full."""
    if not os.path.isfile(path) or not os.path.getsize(path):
        return False
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
