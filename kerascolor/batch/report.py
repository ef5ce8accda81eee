"""What became of each photo: told on the terminal, and in a file for programs."""

import json
import os
import sys

from kerascolor import photo, terminal
from kerascolor.batch.jobs import BatchError, Failure


class Report:
    """Tells how a batch of photos goes: a bar on a terminal, else a line for each photo.

    Args:
        total: Number of photos to come, the skipped ones aside.
        output: Where the results are.
        path: File that gets a line of JSON for each photo, behind those that it has; None for no
            such file.

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
        source, target = photo.printable(job.source), photo.printable(job.target)
        if self.bar is None:
            terminal.say(f"{source} -> {target} ({result.seconds:.1f} s)")
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
        """What a bar does, where there is one and its terminal is still there."""
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

    def finish(self, interrupted=False):
        """Prints the summary.

        Returns:
            The command's exit status.
        """
        self._draw("close")
        summary = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())
        if interrupted:
            terminal.say(f"interrupted: {summary}, {self.left} left; start again to go on")
            return 130
        if self.counts["colorized"]:
            # Of samples, the output has another name in the same folder.
            place = self.output if os.path.exists(self.output) else os.path.dirname(self.output)
            summary += f": see {photo.printable(place or '.')}"
        elif self.counts["skipped"]:
            summary += ": what is skipped exists already; --overwrite colorizes it anew"
        terminal.say(summary)
        return 1 if self.counts["failed"] or self.is_lost else 0


def _open(path):
    try:
        if _is_cut(path):
            with open(path, "a") as file:
                file.write("\n")
        return open(path, "a", encoding="utf-8")
    except OSError as error:
        raise BatchError(
            f"{photo.printable(path)} can't be written: {error.strerror}: give --report a file "
            "that can"
        ) from error


def _is_cut(path):
    """Whether the last line has no end, as when a disk was full."""
    if not os.path.isfile(path) or not os.path.getsize(path):
        return False
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
