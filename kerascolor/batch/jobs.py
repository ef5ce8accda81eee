"""Which photos there are, and where each one goes."""

import dataclasses
import glob
import os
import pathlib
import tempfile

from kerascolor import photo
from kerascolor.batch.settings import BatchError


@dataclasses.dataclass(frozen=True)
class Job:
    """A photo to read, and the files to write.

    Args:
        source: The photo's path.
        target: Path of the file to write.
        samples: How many colorizations it gets, as NAME-1 and so on; None for one, as NAME.
    """

    source: pathlib.Path
    target: pathlib.Path
    samples: int | None = None

    @property
    def targets(self):
        """Paths of the files to write."""
        if not self.samples:
            return [self.target]
        stem = self.target.stem
        return [self.target.with_stem(f"{stem}-{n}") for n in range(1, self.samples + 1)]

    def is_done(self):
        """Whether the files are there."""
        return all(map(os.path.isfile, self.targets))


@dataclasses.dataclass(frozen=True)
class Failure:
    """A photo, or an input without any, that is not done, and why."""

    source: str | os.PathLike
    reason: str
    target: pathlib.Path | None = None


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of a photo.

    Args:
        reason: Why it is not colorized, or None.
        seconds: How long it took.
        size: Its width and height.
        left_out: How many pages of its file are not colorized.
    """

    reason: str | None = None
    seconds: float | None = None
    size: tuple[int, int] | None = None
    left_out: int = 0


def find_jobs(inputs, output, samples=None):
    """Finds the photos, and where each one goes.

    Args:
        inputs: Files, folders and patterns.
        output: A file for one photo, or a folder: one that exists, ends in a slash, has no
            extension, or is for several photos.
        samples: See `Job`.

    Returns:
        Jobs, and a `Failure` for each input that is no photo and has none in it.

    Raises:
        BatchError: The output does not suit the inputs, or is one of them.
    """
    if not output:
        raise BatchError("is empty: name a file or a folder", "output")
    found, failures = _find_photos(inputs, output)
    output_path = pathlib.Path(output)
    is_folder = os.path.isdir(output) or output.endswith(("/", os.sep)) or not output_path.suffix
    if len(inputs) == 1 and not os.path.isdir(inputs[0]) and not is_folder and len(found) < 2:
        jobs = [Job(source, output_path) for source, _ in found]
        if output_path.suffix.lower() not in photo.FORMATS:
            extensions = ", ".join(photo.FORMATS)
            raise BatchError(f"{photo.printable(output)} ends in none of {extensions}", "output")
    else:
        jobs = [Job(source, output_path / relative) for source, relative in found]
        for job in jobs:
            if job.source.suffix.lower() not in photo.FORMATS:
                extensions = ", ".join(photo.FORMATS)
                reason = f"not a photo by its extension; they are {extensions}"
                failures.append(Failure(job.source, reason))
        jobs = [job for job in jobs if job.source.suffix.lower() in photo.FORMATS]
    jobs = _distinct([dataclasses.replace(job, samples=samples) for job in jobs])
    _check_targets(jobs)
    return jobs, failures


def _find_photos(inputs, output):
    """Photos as (path, path below the output's folder), and `Failure`s of inputs without any."""
    found, failures = [], []
    for text in inputs:
        is_pattern = glob.has_magic(text) and not os.path.lexists(text)
        paths = sorted(glob.glob(text, recursive=True)) if is_pattern else [text]
        if not paths:
            failures.append(Failure(text, "no photo matches this pattern"))
            continue
        if not os.path.lexists(paths[0]):
            failures.append(Failure(text, "no such file or folder"))
            continue
        for path in map(pathlib.Path, paths):
            if not path.is_dir():
                found.append((path, pathlib.Path(path.name)))
                continue
            inside = list(_walk(path, output, failures))
            found += inside
            if not inside and not is_pattern:
                failures.append(Failure(path, "no photos in this folder"))
    return found, failures


def _walk(folder, output, failures):
    """Yields a folder's photos, but no hidden ones, nor those in an output folder inside it."""

    def fail(error):
        failures.append(Failure(error.filename, f"can't be read: {error.strerror}"))

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
    """The jobs, without those for a photo that was named twice.

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
    for target in (target for job in jobs for target in job.targets):
        if _identity(target) in inputs:
            raise BatchError(
                f"{photo.printable(target)} is an input, and inputs are never overwritten: "
                "choose another",
                "output",
            )


def _identity(path):
    """What tells a file from all others, or None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def make_folders(jobs):
    """Makes the folders that the jobs write into.

    Returns:
        The jobs whose folder can be written into, and a `Failure` for each of the others.

    Raises:
        BatchError: None can.
    """
    folders = sorted({job.target.parent for job in jobs})
    reasons = {folder: _make_folder(folder) for folder in folders}
    possible = [job for job in jobs if reasons[job.target.parent] is None]
    if jobs and not possible:
        raise BatchError(next(iter(reasons.values())))
    failures = [
        Failure(job.source, reasons[job.target.parent], job.target)
        for job in jobs
        if reasons[job.target.parent]
    ]
    return possible, failures


def _make_folder(folder):
    """Makes a folder; why it can't be made or written into, or None."""
    name = photo.printable(folder)
    if os.path.isfile(folder):
        return f"{name} can't be made a folder, for it is a file: choose another output"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{name} can't be made a folder: {error.strerror}"
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return f"{name} can't be written into: {error.strerror}"
    return None
