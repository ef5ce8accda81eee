"""What became of each photo: told on the terminal, and in a file for programs."""

import json
import os
import sys

from kerascolor import photo
from kerascolor.plan import BatchError, Failure


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
            _say(f"{source} -> {target} ({result.seconds:.1f} s)", sys.stdout)
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
        if self.bar is not None:
            self.bar.update()

    def _complain(self, line):
        if self.bar is None:
            _say(line, sys.stderr)
        else:
            self.bar.write(line, file=sys.stderr)

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
        if self.bar is not None:
            self.bar.close()
        summary = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())
        if interrupted:
            _say(f"interrupted: {summary}, {self.left} left; start again to go on", sys.stdout)
            return 130
        if self.counts["colorized"]:
            # Of samples, the output has another name in the same folder.
            place = self.output if os.path.exists(self.output) else os.path.dirname(self.output)
            summary += f": see {photo.printable(place or '.')}"
        elif self.counts["skipped"]:
            summary += ": what is skipped exists already; --overwrite colorizes it anew"
        _say(summary, sys.stdout)
        return 1 if self.counts["failed"] or self.is_lost else 0


def _say(line, stream):
    """Prints a line, unless nobody reads it: the photos matter more."""
    try:
        print(line, file=stream, flush=True)
    except OSError:
        silence(stream)


def silence(stream):
    """Has a stream that can't be written go nowhere, so that Python's end finds nothing wrong."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def _open(path):
    try:
        return open(path, "a", encoding="utf-8")
    except OSError as error:
        raise BatchError(
            f"{photo.printable(path)} can't be written: {error.strerror}: give --report a file "
            "that can"
        ) from error
