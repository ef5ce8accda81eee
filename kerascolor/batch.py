"""Many photos: which ones, where each goes, and what became of it."""

import contextlib
import dataclasses
import glob
import os
import pathlib
import sys
import tempfile
import time

import cv2

from kerascolor import photo


class BatchError(ValueError):
    """What is asked for can't be begun as it stands, and why, in one line."""


@dataclasses.dataclass(frozen=True)
class Job:
    """A photo to read, and the file to write."""

    source: pathlib.Path
    target: pathlib.Path


def colorize(
    inputs,
    output,
    model="classifier",
    temperature=None,
    saturation=1.0,
    threads=None,
    overwrite=False,
):
    """Colorizes photos one by one, and prints what becomes of each.

    A photo that can't be done gets a line on standard error, and the others go on.

    Args:
        inputs: Files, folders and patterns.
        output: A file for one photo, or a folder; see `plan`.
        model: Name of a preset, or path of a .tflite file.
        temperature, saturation: See `Colorizer.__call__`.
        threads: Processor cores to use; by default all.
        overwrite: Colorize photos whose output exists, too.

    Returns:
        The exit status: 0, 1 if a photo failed, 130 if interrupted by Ctrl-C.

    Raises:
        BatchError: The output does not suit the inputs, is one of them or can't be made; or the
            model takes no temperature.
        presets.PresetError: There is no such model, or its file is damaged.
    """
    jobs, failures = plan(inputs, output)
    pending = [job for job in jobs if overwrite or not job.target.is_file()]
    if pending:
        colorizer = load(model, threads, temperature)
        _make_folders(pending)
    report = Report(len(failures) + len(pending), len(jobs) - len(pending), output)
    for failure in failures:
        report.failed(failure)
    try:
        for job in pending:
            started = time.perf_counter()
            try:
                original = photo.read(job.source, luma=True)
                photo.write(colorizer(original, temperature, saturation), job.target)
            except photo.PhotoError as error:
                report.failed(error)
            except MemoryError:
                report.failed(f"{photo.printable(job.source)}: too large for this machine's memory")
            else:
                report.done(job, time.perf_counter() - started, original.pages)
    except KeyboardInterrupt:
        return report.finish(interrupted=True)
    return report.finish()


def load(model, threads, temperature):
    """The colorizer, once it is known to take the temperature."""
    from kerascolor import colorizer

    # What goes wrong is told by exceptions; OpenCV would tell it too.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    if threads:
        cv2.setNumThreads(threads)
    with _native_messages_off():
        found = colorizer.load(model, threads)
    if temperature is not None and not found.takes_temperature:
        raise BatchError(f"{model} takes no --temperature, for it is no classifier")
    return found


@contextlib.contextmanager
def _native_messages_off():
    """Hides what LiteRT says of itself, for which it has no setting."""
    sys.stderr.flush()
    error, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(error, 2)
        os.close(error)
        os.close(null)


def plan(inputs, output):
    """Finds the photos, and where each one goes.

    Args:
        inputs: Files, folders and patterns.
        output: A file for one photo, or a folder: one that exists, ends in a slash, has no
            extension, or is for several photos.

    Returns:
        Jobs, and a line for each input that is none.

    Raises:
        BatchError: The output does not suit the inputs, or is one of them.
    """
    found, failures = find_photos(inputs, output)
    output_path = pathlib.Path(output)
    is_folder = os.path.isdir(output) or output.endswith(("/", os.sep)) or not output_path.suffix
    if len(inputs) == 1 and not os.path.isdir(inputs[0]) and not is_folder and len(found) < 2:
        jobs = [Job(source, output_path) for source, _ in found]
        if output_path.suffix.lower() not in photo.FORMATS:
            raise BatchError(f"--output {output}: end it in one of {', '.join(photo.FORMATS)}")
    else:
        jobs = [Job(source, output_path / relative) for source, relative in found]
        for job in jobs:
            if job.source.suffix.lower() not in photo.FORMATS:
                failures.append(
                    f"{photo.printable(job.source)}: not a photo by its extension; they are "
                    f"{', '.join(photo.FORMATS)}"
                )
        jobs = [job for job in jobs if job.source.suffix.lower() in photo.FORMATS]
    jobs = _distinct(jobs)
    _check_targets(jobs)
    return jobs, failures


def find_photos(inputs, output):
    """Photos as (path, path below the output's folder), and a line for each input without any."""
    found, failures = [], []
    for text in inputs:
        is_pattern = glob.has_magic(text) and not os.path.lexists(text)
        paths = sorted(glob.glob(text, recursive=True)) if is_pattern else [text]
        if not paths:
            failures.append(f"no photo matches {photo.printable(text)}")
            continue
        if not os.path.lexists(paths[0]):
            failures.append(f"{photo.printable(text)}: no such file or folder")
            continue
        for path in map(pathlib.Path, paths):
            if not path.is_dir():
                found.append((path, pathlib.Path(path.name)))
                continue
            inside = list(_walk(path, output, failures))
            found += inside
            if not inside and not is_pattern:
                failures.append(f"{photo.printable(path)}: no photos in this folder")
    return found, failures


def _walk(folder, output, failures):
    """Yields the photos in a folder, less hidden ones and those in an output folder inside it."""

    def fail(error):
        failures.append(f"{photo.printable(error.filename)}: can't be read: {error.strerror}")

    for place, folders, names in os.walk(folder, onerror=fail):
        place = pathlib.Path(place)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and not (os.path.isdir(output) and os.path.samefile(place / name, output))
        )
        for name in sorted(names):
            path = place / name
            if not name.startswith(".") and path.suffix.lower() in photo.FORMATS:
                yield path, path.relative_to(folder)


def _distinct(jobs):
    """The jobs, less those for a photo that was named twice.

    Raises:
        BatchError: Two photos would become the same file.
    """
    by_target = {}
    for job in jobs:
        other = by_target.setdefault(job.target, job)
        if other.source != job.source and _identity(other.source) != _identity(job.source):
            raise BatchError(
                f"{photo.printable(other.source)} and {photo.printable(job.source)} would both "
                f"become {photo.printable(job.target)}: give them different outputs"
            )
    return list(by_target.values())


def _check_targets(jobs):
    """Raises BatchError where a target is one of the inputs, by whatever name."""
    inputs = {_identity(job.source) for job in jobs} - {None}
    for job in jobs:
        if _identity(job.target) in inputs:
            raise BatchError(
                f"{photo.printable(job.target)} is an input, and inputs are never overwritten: "
                "choose another --output"
            )


def _identity(path):
    """What tells a file from all others, or None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _make_folders(jobs):
    """Makes the folders that the jobs write into.

    Raises:
        BatchError: One can't be made or written into.
    """
    for folder in sorted({job.target.parent for job in jobs}):
        name = photo.printable(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BatchError(f"{name} can't be made a folder: {error.strerror}") from error
        try:
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise BatchError(f"{name} can't be written into: {error.strerror}") from error


class Report:
    """Tells how a batch of photos goes: a bar on a terminal, else a line for each photo.

    Args:
        total: Number of photos to come.
        skipped: Number of those whose output exists already.
        output: Where the results are.
    """

    def __init__(self, total, skipped, output):
        self.left = total
        self.counts = {"colorized": 0, "skipped": skipped, "failed": 0}
        self.output = output
        self.bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=total, unit="photo")

    def done(self, job, seconds, pages):
        """A photo is written; of several pages in its file it is the first."""
        self._count("colorized")
        source, target = photo.printable(job.source), photo.printable(job.target)
        if self.bar is None:
            print(f"{source} -> {target} ({seconds:.1f} s)", flush=True)
        if pages > 1:
            self._complain(f"{source}: only the first of its {pages} pages is colorized")

    def failed(self, line):
        """A photo is not written, and the line says why."""
        self._count("failed")
        self._complain(line)

    def _count(self, outcome):
        self.counts[outcome] += 1
        self.left -= 1
        if self.bar is not None:
            self.bar.update()

    def _complain(self, line):
        if self.bar is None:
            print(line, file=sys.stderr, flush=True)
        else:
            self.bar.write(str(line), file=sys.stderr)

    def finish(self, interrupted=False):
        """Prints the summary.

        Returns:
            The command's exit status.
        """
        if self.bar is not None:
            self.bar.close()
        summary = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items())
        if interrupted:
            print(f"interrupted: {summary}, {self.left} left; start again to go on")
            return 130
        if self.counts["colorized"]:
            summary += f": see {photo.printable(self.output)}"
        elif self.counts["skipped"]:
            summary += ": what is skipped exists already; --overwrite colorizes it anew"
        print(summary)
        return 1 if self.counts["failed"] else 0
