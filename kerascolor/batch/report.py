"""What became of each photo: told on the terminal, and in a file for programs."""

import dataclasses
import json
import os
import sys

from kerascolor import photo, terminal
from kerascolor.batch.jobs import Failure
from kerascolor.batch.settings import BatchError


@dataclasses.dataclass(frozen=True)
class Summary:
    """How a batch of photos ended.

    Args:
        counts: How many photos were "colorized", "skipped" and "failed".
        output: The folder where the results are, or the file; None where nothing was colorized.
        left: How many photos were not begun, of a batch that was interrupted; else None.
        is_report_lost: Whether the report could not be written to its end.
    """

    counts: dict[str, int]
    output: str | None
    left: int | None
    is_report_lost: bool

    @property
    def status(self):
        """Exit status: 0, all is done; 1, some photos or the report are not; 130, interrupted."""
        if self.left is not None:
            return 130
        return 1 if self.counts["failed"] or self.is_report_lost else 0


class Report:
    """Tells how a batch of photos goes: a bar on a terminal, else a line for each photo.

    A context manager, which ends the bar.

    Args:
        total: Number of photos to come, without the skipped ones.
        output: Where the results go.
        path: File to which a line of JSON is added for each photo; None for no such file.

    Raises:
        BatchError: The file can't be written.
    """

    def __init__(self, total, output, path=None):
        self.left = total
        self.counts = {"colorized": 0, "skipped": 0, "failed": 0}
        self.output = output
        self.path = path
        self.file = _open(path) if path else None
        self.is_lost = False
        self.bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=total, unit="photo")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._draw("close")

    def skipped(self, job):
        """A photo's output was there already."""
        self.counts["skipped"] += 1
        self._record("skipped", job.source, job.target, reason="the output exists")

    def result(self, job, result):
        """A photo is written, or not."""
        if result.reason is not None:
            self.failed(Failure(job.source, result.reason, job.target))
            return
        self._count("colorized")
        source = photo.printable(job.source)
        if self.bar is None:
            terminal.say(f"{source} -> {_names(job)} ({result.seconds:.1f} s)")
        reason = None
        if result.left_out:
            reason = f"only the first of its {result.left_out + 1} pages is colorized"
            self._complain(f"{source}: {reason}")
        seconds = round(result.seconds, 3)
        self._record("colorized", job.source, job.target, seconds, result.size, reason)

    def failed(self, failure):
        """A photo is not written."""
        self._count("failed")
        self._complain(f"{photo.printable(failure.source)}: {failure.reason}")
        self._record("failed", failure.source, failure.target, reason=failure.reason)

    def _count(self, outcome):
        self.counts[outcome] += 1
        self.left -= 1
        self._draw("update")

    def _complain(self, line):
        if self.bar is None:
            terminal.say(line, sys.stderr)
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

    def _record(self, status, source, target, seconds=None, size=None, reason=None):
        if self.file is None:
            return
        record = {
            "input": os.fspath(source),
            "output": target and os.fspath(target),
            "status": status,
            "seconds": seconds,
            "size": size,
            "reason": reason,
        }
        try:
            print(json.dumps(record), file=self.file, flush=True)
        except OSError as error:
            # The photos matter more.
            self._complain(f"{photo.printable(self.path)}: can't be written: {error.strerror}")
            self.file, self.is_lost = None, True

    def summary(self, is_interrupted=False):
        """The `Summary`."""
        output = None
        if self.counts["colorized"]:
            # Samples have other names in the same folder.
            is_there = os.path.exists(self.output)
            output = self.output if is_there else os.path.dirname(self.output) or "."
        left = self.left if is_interrupted else None
        return Summary(self.counts, output, left, self.is_lost)


def _names(job):
    """The files that a job writes, for a line."""
    first, *others = job.targets
    return photo.printable(first) + (f" to {others[-1].name}" if others else "")


def _open(path):
    try:
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
