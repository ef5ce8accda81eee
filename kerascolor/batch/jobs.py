"""Which photos there are, and where each one goes."""

import dataclasses
import glob
import os
import pathlib
import tempfile

from kerascolor import atomic, photo
from kerascolor.batch import names
from kerascolor.batch.settings import BatchError


@dataclasses.dataclass(frozen=True)
class Job:
    """A photo to read, and the files to write.

    Args:
        source: The photo's path.
        target: Path of the file to write.
        samples: How many colorizations it gets, as NAME-1 and so on; None for one, as NAME.
        compare: Whether it gets a sheet of the photo in grey and in colour, NAME-compare, as
            samples always do, NAME-samples.
        folder: The `atomic.identity` of the target's folder, once it is made.
        hints: The `Hint`s of its first page.
    """

    source: pathlib.Path
    target: pathlib.Path
    samples: int | None = None
    compare: bool = False
    folder: tuple[int, int] | None = None
    hints: tuple = ()

    @property
    def results(self):
        """Paths of the photo's colorizations."""
        if not self.samples:
            return [self.target]
        return [self._beside(str(n)) for n in range(1, self.samples + 1)]

    @property
    def sheet(self):
        """Path of the sheet to choose from, or None."""
        if self.samples:
            return self._beside("samples")
        return self._beside("compare") if self.compare else None

    @property
    def targets(self):
        """Paths of the files to write."""
        return [*self.results, *([self.sheet] if self.sheet else [])]

    def is_done(self):
        """Whether the files are there."""
        return all(map(os.path.isfile, self.targets))

    def _beside(self, ending):
        return self.target.with_stem(f"{self.target.stem}-{ending}")


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
        had_colors: Whether it was in colour already.
        is_kept: Whether it is not colorized for that reason.
        notes: Lines on what is not as it was asked for.
    """

    reason: str | None = None
    seconds: float | None = None
    size: tuple[int, int] | None = None
    left_out: int = 0
    had_colors: bool = False
    is_kept: bool = False
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Found:
    """What there is to do.

    Args:
        jobs: A `Job` for each photo.
        failures: A `Failure` for each input that is no photo and has none in it.
        passed_over: Paths of the files in folders that are no photos by their extension.
    """

    jobs: list[Job]
    failures: list[Failure]
    passed_over: list[pathlib.Path]


def find_jobs(inputs, output, samples=None, compare=False):
    """Finds the photos, and where each one goes.

    Args:
        inputs: Files, folders and patterns.
        output: A file for one photo, or a folder: one that exists, ends in a slash, has no
            extension, or is for several photos.
        samples, compare: See `Job`.

    Returns:
        `Found`.

    Raises:
        BatchError: The output does not suit the inputs, or is one of them.
    """
    if not output:
        raise BatchError("is empty: name a file or a folder", "output")
    pairs, found = _find_photos(inputs, output)
    output_path = pathlib.Path(output)
    is_folder = os.path.isdir(output) or output.endswith(("/", os.sep)) or not output_path.suffix
    if len(inputs) == 1 and not os.path.isdir(inputs[0]) and not is_folder and len(pairs) < 2:
        targets = [(source, output_path) for source, _ in pairs]
        if output_path.suffix.lower() not in photo.FORMATS:
            extensions = ", ".join(photo.FORMATS)
            raise BatchError(f"{photo.printable(output)} ends in none of {extensions}", "output")
    elif not is_folder and output_path.suffix.lower() in photo.FORMATS:
        raise BatchError(
            f"{photo.printable(output)} is the name of one photo, not of a folder: choose one "
            f"without {output_path.suffix}",
            "output",
        )
    else:
        pairs = [pair for pair in pairs if _is_photo(pair[0], found.failures)]
        targets = [(path, output_path / name) for path, name in names.distinct(pairs)]
    jobs = [Job(path, target, samples, compare) for path, target in targets]
    _check_targets(jobs, is_folder or len(inputs) > 1 or os.path.isdir(inputs[0]))
    found.jobs.extend(_of_their_own(jobs, found.failures))
    return found


def _is_photo(path, failures):
    """Whether a file is a photo by its extension; if not, it is one of the failures."""
    if path.suffix.lower() in photo.EXTENSIONS:
        return True
    extensions = ", ".join(photo.EXTENSIONS)
    failures.append(Failure(path, f"not a photo by its extension; they are {extensions}"))
    return False


def _find_photos(inputs, output):
    """Photos as (path, the folder that they were found in), and what else was `Found`."""
    pairs, found = [], Found([], [], [])
    for text in inputs:
        is_pattern = glob.has_magic(text) and not os.path.lexists(text)
        paths = sorted(glob.glob(text, recursive=True)) if is_pattern else [text]
        if not paths:
            found.failures.append(Failure(text, "no photo matches this pattern"))
            continue
        if not os.path.lexists(paths[0]):
            found.failures.append(Failure(text, "no such file or folder"))
            continue
        for path in map(pathlib.Path, paths):
            if not path.is_dir():
                pairs.append((path, path.parent))
                continue
            inside = list(_walk(path, output, found))
            pairs += [(file, path) for file in inside]
            if not inside and not is_pattern:
                found.failures.append(Failure(path, "no photos in this folder"))
    return pairs, found


def _walk(folder, output, found):
    """Yields a folder's photos, but no hidden ones, nor those in an output folder inside it."""

    def fail(error):
        found.failures.append(Failure(error.filename, f"can't be read: {error.strerror}"))

    for place, folders, files in os.walk(folder, onerror=fail):
        place = pathlib.Path(place)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and not (os.path.isdir(output) and os.path.samefile(place / name, output))
        )
        for name in sorted(name for name in files if not name.startswith(".")):
            path = place / name
            if path.suffix.lower() in photo.EXTENSIONS:
                yield path
            else:
                found.passed_over.append(path)


def _check_targets(jobs, is_folder):
    """Raises BatchError where a target is one of the inputs, by whatever name."""
    inputs = {names.identity(job.source) for job in jobs} - {None}
    for target in (target for job in jobs for target in job.targets):
        if names.identity(target) in inputs:
            raise BatchError(
                f"{photo.printable(target)} is an input, and inputs are never overwritten: "
                f"choose another {'folder' if is_folder else 'name'}",
                "output",
            )


def _of_their_own(jobs, failures):
    """Yields the jobs whose files no other job writes; the others are among the failures."""
    # A sheet gives way to what another photo becomes.
    owners = {}
    for job in jobs:
        for target in job.results:
            owners.setdefault(target, job)
    for job in jobs:
        taken = next((t for t in job.targets if owners.setdefault(t, job) is not job), None)
        if taken is None:
            yield job
            continue
        other = photo.printable(owners[taken].source)
        reason = f"{other} becomes {photo.printable(taken)}, too: colorize it into another folder"
        failures.append(Failure(job.source, reason, job.target))


def with_hints(jobs, hints):
    """The jobs with the hints that are given for their photos.

    Args:
        jobs: List of `Job`s.
        hints: As `Settings` has them.

    Raises:
        BatchError: The hints of one photo are given for several, or those of several for none.
    """
    if not hints or not jobs:
        return jobs
    if isinstance(hints, dict):
        names = [_name_among(hints, job.source) for job in jobs]
        if not any(names):
            raise BatchError(f"has none of the photos, but {', '.join(sorted(hints)[:3])}", "hints")
        return [
            dataclasses.replace(job, hints=tuple(hints.get(name, ())))
            for job, name in zip(jobs, names, strict=True)
        ]
    if len(jobs) > 1:
        reason = f"is for one photo, and there are {len(jobs)}: give points by the photos' names"
        raise BatchError(reason, "hints")
    return [dataclasses.replace(jobs[0], hints=tuple(hints))]


def _name_among(names, source):
    """The longest of these names that the photo's path ends in, or None."""
    parts = pathlib.Path(os.path.abspath(source)).parts
    split = {name: pathlib.Path(name).parts for name in names}
    own = [name for name, end in split.items() if end and parts[-len(end) :] == end]
    return max(own, key=len, default=None)


def make_folders(jobs):
    """Makes the folders that the jobs write into.

    Returns:
        The jobs whose folder can be written into, with its identity, and a `Failure` for each of
        the others.

    Raises:
        BatchError: None can.
    """
    folders = sorted({job.target.parent for job in jobs})
    reasons = {folder: _make_folder(folder) for folder in folders}
    made = {folder: atomic.identity(folder) for folder in folders if reasons[folder] is None}
    possible = [
        dataclasses.replace(job, folder=made[job.target.parent])
        for job in jobs
        if job.target.parent in made
    ]
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
