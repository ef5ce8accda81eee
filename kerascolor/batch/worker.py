"""Colorizing photo files one by one, with what becomes of each."""

import contextlib
import ctypes
import dataclasses
import time

import cv2

from kerascolor import photo
from kerascolor.batch.jobs import BatchError

# glibc's settings for `mallopt`, and what they are set to: free memory below so many bytes is kept
# for the next photo. Given back and taken anew, its pages cost as much as the colours.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 256 * 2**20


@dataclasses.dataclass(frozen=True)
class Settings:
    """How photos are colorized.

    Args:
        model: Name of a preset, or path of a .tflite file.
        temperature, saturation: See `Colorizer.__call__`; for samples, `Colorizer.sample`.
        threads: Processor cores to use for one photo.
        seed: Of the samples, where there are several of each photo; else None.
    """

    model: str
    temperature: float | None
    saturation: float
    threads: int
    seed: int | None = None


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of a photo.

    Args:
        reason: Why it is not colorized, or None.
        seconds: That it took.
        size: Its width and height.
        left_out: Pages of its file that are not colorized.
    """

    reason: str | None = None
    seconds: float | None = None
    size: tuple[int, int] | None = None
    left_out: int = 0


class Colorist:
    """Colorizes photos in this process.

    Raises:
        BatchError: The model takes no temperature, or draws no samples.
        presets.PresetError: There is no such model, or its file is damaged.
    """

    def __init__(self, settings):
        from kerascolor.runtime import colorizer

        _keep_memory()
        # What goes wrong is told by exceptions; OpenCV would tell it too.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        cv2.setNumThreads(settings.threads)
        self._colorizer = colorizer.load(settings.model, settings.threads)
        if settings.seed is not None:
            if not self._colorizer.samples:
                raise BatchError(f"{settings.model} draws no --samples: use a VAE, as --model vae")
        elif settings.temperature is not None and not self._colorizer.takes_temperature:
            reason = "it does with --samples" if self._colorizer.samples else "it is no classifier"
            raise BatchError(f"{settings.model} takes no --temperature here: {reason}")
        self._settings = settings

    def run(self, jobs):
        """Yields each job with its `Result`."""
        for job in jobs:
            yield job, self.colorize(job)

    def colorize(self, job):
        """The `Result` of a job."""
        started = time.perf_counter()
        seen = []
        try:
            written = photo.write_pages(self._pages(job, seen), job.target)
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

    def _pages(self, job, seen):
        """Yields each page in colour, and notes how many there are and its width and height."""
        for page in photo.read_pages(job.source):
            height, width = page.pixels.shape[:2]
            seen.append((page.pages, (width, height)))
            yield self._color(page, job)

    def _color(self, page, job):
        """The `photo.Photo` of a page in colour."""
        temperature, saturation = self._settings.temperature, self._settings.saturation
        for_jpeg = photo.FORMATS.get(job.target.suffix.lower()) == "JPEG"
        if job.sample is None:
            return self._colorizer(page, temperature, saturation, for_jpeg)
        temperature = 1.0 if temperature is None else temperature
        return self._colorizer.draw(
            page, job.sample, temperature, saturation, self._settings.seed, for_jpeg
        )


def _keep_memory():
    """Has the allocator keep freed memory, up to `KEPT_BYTES`, where it is glibc's."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
        library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
