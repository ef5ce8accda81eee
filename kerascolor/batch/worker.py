"""Colorizing photo files one by one, with what becomes of each."""

import contextlib
import ctypes
import dataclasses
import time

import cv2

from kerascolor import photo
from kerascolor.batch import marks, sheet
from kerascolor.batch.jobs import Result
from kerascolor.batch.settings import BatchError
from kerascolor.runtime import colorizer, prepare, render

# glibc's settings for `mallopt`, and what they are set to: free memory below so many bytes is kept
# for the next photo. Were it given back and taken again, its pages would cost as much as the
# colours.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 256 * 2**20


class Worker:
    """Colorizes photos in this process.

    Args:
        settings: `Settings`.
        threads: Processor cores to use for a photo.

    Raises:
        BatchError: The model takes no temperature or no hints, or draws no samples; or the
            reference can't be used.
        presets.PresetError: There is no such model, or its file is damaged.
    """

    def __init__(self, settings, threads):
        _keep_memory()
        # Exceptions say what goes wrong; OpenCV would print it as well.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        cv2.setNumThreads(threads)
        self._colorizer = colorizer.load(settings.model, threads)
        if settings.samples and not self._colorizer.samples:
            reason = f"{settings.model} draws none: leave the model out, or use a VAE"
            raise BatchError(reason, "samples", "vae")
        if settings.temperature is not None and not settings.samples:
            self._check_takes_temperature(settings.model)
        self._settings = settings
        self._inputs = self._find_palette()

    def _find_palette(self):
        """The model's inputs of the settings' reference."""
        settings = self._settings
        asked = [name for name in ("hints", "reference") if getattr(settings, name)]
        if not asked:
            return {}
        if settings.samples or not self._colorizer.takes_hints:
            with_samples = " with samples" if settings.samples else ""
            raise BatchError(f"{settings.model} takes none{with_samples}: leave it out", asked[0])
        if settings.reference is None:
            return {}
        try:
            return {"palette": self._colorizer.palette(settings.reference)}
        except ValueError as error:
            raise BatchError(str(error), "reference") from error

    def _check_takes_temperature(self, model):
        if not self._colorizer.takes_temperature:
            but = " but for samples" if self._colorizer.samples else ""
            reason = f"{model} takes none{but}: leave it out, or use a classifier"
            raise BatchError(reason, "temperature", "classifier")

    def run(self, jobs):
        """Yields each job with its `Result`."""
        for job in jobs:
            yield job, self.colorize(job)

    def colorize(self, job):
        """The `Result` of a job."""
        started = time.perf_counter()
        try:
            result = self._write(job)
        except photo.PhotoError as error:
            reason = str(error).removeprefix(f"{photo.printable(job.source)}: ")
            return Result(reason + (self._remedy(job) if "the file is damaged" in reason else ""))
        except MemoryError:
            return Result("too large for this machine's memory")
        except Exception as error:
            # Nobody is there to see to it, and the other photos have to go on.
            detail = " ".join(str(error).split()) or type(error).__name__
            return Result(f"can't be colorized: {detail}")
        return dataclasses.replace(result, seconds=time.perf_counter() - started)

    def _remedy(self, job):
        """What is added to the reason why a photo can't be read."""
        if self._settings.damaged:
            return ""
        try:
            for _ in self._read(job, damaged=True):
                pass
        except (photo.PhotoError, MemoryError):
            return ""
        return "; --damaged colorizes what there is"

    def _read(self, job, damaged):
        max_pixels = self._settings.max_megapixels * 10**6
        return photo.read_pages(job.source, damaged=damaged, max_pixels=max_pixels)

    def _write(self, job):
        """Writes a job's files, and gives its `Result`."""
        first = _FirstPage()
        for index, target in enumerate(job.results):
            try:
                written = photo.write_pages(self._pages(job, index, first), target, job.folder)
            except _InColor:
                return Result(size=first.size, had_colors=True, is_kept=True)
        if job.sheet:
            picture = sheet.sheet(first.small, first.fields, self._settings.saturation)
            photo.write_pages([self._mark(picture, None, job.hints)], job.sheet, job.folder)
        left_out = first.pages - written
        return Result(None, None, first.size, left_out, first.had_colors, notes=first.notes)

    def _pages(self, job, index, first):
        """Yields each page in colour, and notes what is wanted of the first."""
        is_jpeg = photo.FORMATS.get(job.target.suffix.lower()) == "JPEG"
        settings, threads = self._settings, self._colorizer.threads
        for number, page in enumerate(self._read(job, settings.damaged)):
            prepared = self._colorizer.prepare(page)
            hints = () if number else job.hints
            if first.size is None:
                first.note(prepared, job.sheet, self._colorizer.takes_infrared)
                first.notes = self._notes(prepared, hints)
            if first.had_colors and settings.keep_color:
                raise _InColor
            field = self._predict(prepared, index, hints)
            if not number:
                first.fields.append(field)
            join = render.render_planes if is_jpeg and render.has_planes(page) else render.render
            result = join(field, page, settings.saturation, threads, prepared.small)
            yield self._mark(result, index if settings.samples else None, hints)
            # Otherwise they would stay in memory while the next one is read.
            del page, prepared, result

    def _notes(self, prepared, hints):
        """Lines on the hints that do not get their colours.

        Raises:
            photo.PhotoError: A hint lies outside of the photo.
        """
        try:
            return tuple(self._colorizer.unreachable(prepared, hints))
        except ValueError as error:
            # As it is, it would count as an error of the file that is being written.
            raise photo.PhotoError(str(error)) from error

    def _mark(self, picture, sample, hints):
        if not self._settings.mark:
            return picture
        said = marks.values(self._settings, self._colorizer.description, sample, hints)
        return marks.mark(picture, said)

    def _predict(self, prepared, index, hints):
        """The `ChromaField` of a photo, or of the sample of this index."""
        temperature = self._settings.temperature
        if not self._settings.samples:
            return self._colorizer.predict(prepared, temperature, hints, **self._inputs)
        temperature = 1.0 if temperature is None else temperature
        return self._colorizer.draw(prepared, index, temperature, self._settings.seed)


class _InColor(Exception):
    """A photo is in colour already, and is to be kept."""


class _FirstPage:
    """What is reported of a photo and shown on its sheet, noted while its first page is at hand."""

    def __init__(self):
        self.size = self.pages = self.had_colors = self.small = None
        self.fields, self.notes = [], ()

    def note(self, prepared, is_shown, is_infrared):
        """Notes the page; the `ChromaField`s of its colorizations are added to `fields`."""
        page = prepared.photo
        self.size, self.pages = page.pixels.shape[1::-1], page.pages
        # Colours that were added may be faint enough to look like a single tint.
        self.had_colors = marks.has_added_colors(page) or prepare.has_colors(prepared.small)
        if is_infrared:
            self.had_colors |= prepare.has_palette(prepared.small)
            page = dataclasses.replace(page, pixels=prepare.full_contrast(page.pixels))
        self.small = sheet.small(page) if is_shown else None


def _keep_memory():
    """Has the allocator keep freed memory, up to `KEPT_BYTES`, where it is glibc's."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
        library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
