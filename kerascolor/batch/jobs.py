"""Which photos there are, and where each one goes."""

import dataclasses
import glob
import os
import pathlib
import tempfile

from kerascolor import photo


class BatchError(ValueError):
    """What is asked for can't be begun as it stands, and why, in one line."""


@dataclasses.dataclass(frozen=True)
class Job:
    """A photo to read, and the file to write.

    Args:
        sample: Which of several colorizations it gets, from 0; None for the likeliest.
    """

    source: pathlib.Path
    target: pathlib.Path
    sample: int | None = None


@dataclasses.dataclass(frozen=True)
class Failure:
    """A photo, or an input without any, that is not done, and why."""

    source: str | os.PathLike
    reason: str
    target: pathlib.Path | None = None


def plan(inputs, output, samples=None):
    """Finds the photos, and where each one goes.

    Args:
        inputs: Files, folders and patterns.
        output: A file for one photo, or a folder: one that exists, ends in a slash, has no
            extension, or is for several photos.
        samples: How many colorizations each photo gets, as NAME-1 and so on; None for one, as NAME.

    Returns:
        Jobs, and a `Failure` for each input that is none.

    Raises:
        BatchError: The output does not suit the inputs, or is one of them.
    """
    if not output:
        raise BatchError("--output is empty: name a file or a folder")
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
                extensions = ", ".join(photo.FORMATS)
                reason = f"not a photo by its extension; they are {extensions}"
                failures.append(Failure(job.source, reason))
        jobs = [job for job in jobs if job.source.suffix.lower() in photo.FORMATS]
    if samples:
        jobs = [_sample(job, index) for job in jobs for index in range(samples)]
    jobs = _distinct(jobs)
    _check_targets(jobs)
    return jobs, failures


def _sample(job, index):
    """The job of one of several colorizations."""
    target = job.target.with_stem(f"{job.target.stem}-{index + 1}")
    return dataclasses.replace(job, target=target, sample=index)


def find_photos(inputs, output):
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
    """Yields the photos in a folder, less hidden ones and those in an output folder inside it."""

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
        return f"{name} can't be made a folder, for it is a file: choose another --output"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{name} can't be made a folder: {error.strerror}"
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return f"{name} can't be written into: {error.strerror}"
    return None
