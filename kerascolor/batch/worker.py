"""Colorizing photo files one by one, with what becomes of each."""

import contextlib
import ctypes
import time

import cv2

from kerascolor import photo
from kerascolor.batch.jobs import Result
from kerascolor.batch.settings import BatchError
from kerascolor.runtime import colorizer, render

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
        BatchError: The model takes no temperature, or draws no samples.
        presets.PresetError: There is no such model, or its file is damaged.
    """

    def __init__(self, settings, threads):
        _keep_memory()
        # What goes wrong is told by exceptions; OpenCV would tell it too.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        cv2.setNumThreads(threads)
        self._colorizer = colorizer.load(settings.model, threads)
        if settings.samples and not self._colorizer.samples:
            raise BatchError(f"{settings.model} draws none: use a VAE, such as vae", "samples")
        if settings.temperature is not None and not settings.samples:
            self._check_takes_temperature(settings.model)
        self._settings = settings

    def _check_takes_temperature(self, model):
        if not self._colorizer.takes_temperature:
            reason = "it takes one for samples" if self._colorizer.samples else "no classifier"
            raise BatchError(f"{model} takes none: {reason}", "temperature")

    def run(self, jobs):
        """Yields each job with its `Result`."""
        for job in jobs:
            yield job, self.colorize(job)

    def colorize(self, job):
        """The `Result` of a job."""
        started = time.perf_counter()
        seen = []
        try:
            for index, target in enumerate(job.targets):
                written = photo.write_pages(self._pages(job, index, seen), target)
        except photo.PhotoError as error:
            return Result(str(error).removeprefix(f"{photo.printable(job.source)}: "))
        except MemoryError:
            return Result("too large for this machine's memory")
        except Exception as error:
            # Nobody is there to see to it, and the other photos have to go on.
            detail = " ".join(str(error).split()) or type(error).__name__
            return Result(f"can't be colorized: {detail}")
        pages, size = seen[0]
        return Result(None, time.perf_counter() - started, size, pages - written)

    def _pages(self, job, index, seen):
        """Yields each page in colour, and notes how many there are and its width and height."""
        is_jpeg = photo.FORMATS.get(job.target.suffix.lower()) == "JPEG"
        for page in photo.read_pages(job.source):
            height, width = page.pixels.shape[:2]
            seen.append((page.pages, (width, height)))
            prepared = self._colorizer.prepare(page)
            field = self._predict(prepared, index)
            join = render.render_planes if is_jpeg and render.has_planes(page) else render.render
            threads = self._colorizer.threads
            yield join(field, page, self._settings.saturation, threads, prepared.small)

    def _predict(self, prepared, index):
        """The `ChromaField` of a photo, or of the sample of this index."""
        temperature = self._settings.temperature
        if not self._settings.samples:
            return self._colorizer.predict(prepared, temperature)
        temperature = 1.0 if temperature is None else temperature
        return self._colorizer.draw(prepared, index, temperature, self._settings.seed)


def _keep_memory():
    """Has the allocator keep freed memory, up to `KEPT_BYTES`, where it is glibc's."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
        library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
