"""Colorizing photos one by one, here or in worker processes beside each other.

Each worker reads, colorizes and writes whole photos, with an interpreter of its own: nothing has to
pass between processes but names, and a decoder that crashes takes one photo with it.
"""

import collections
import contextlib
import ctypes
import dataclasses
import os
import signal
import sys
import threading
import time

import cv2

from kerascolor import photo, presets
from kerascolor.plan import BatchError

# glibc's settings for `mallopt`, and what they are set to: free memory below so many bytes is kept
# for the next photo. Given back and taken anew, its pages cost as much as the colours.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 256 * 2**20


@dataclasses.dataclass(frozen=True)
class Settings:
    """How photos are colorized.

    Args:
        model: Name of a preset, or path of a .tflite file.
        temperature, saturation: See `Colorizer.__call__`.
        threads: Processor cores to use for one photo.
    """

    model: str
    temperature: float | None
    saturation: float
    threads: int


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
        BatchError: The model takes no temperature.
        presets.PresetError: There is no such model, or its file is damaged.
    """

    def __init__(self, settings):
        from kerascolor import colorizer

        # What goes wrong is told by exceptions; OpenCV would tell it too.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        cv2.setNumThreads(settings.threads)
        with _native_messages_off():
            self._colorizer = colorizer.load(settings.model, settings.threads)
        if settings.temperature is not None and not self._colorizer.takes_temperature:
            raise BatchError(f"{settings.model} takes no --temperature, for it is no classifier")
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
            written = photo.write_pages(self._pages(job.source, seen), job.target)
        except photo.PhotoError as error:
            return Result(str(error).removeprefix(f"{photo.printable(job.source)}: "))
        except MemoryError:
            return Result("too large for this machine's memory")
        pages, size = seen[0]
        return Result(None, time.perf_counter() - started, size, pages - written)

    def _pages(self, source, seen):
        """Yields each page in colour, and notes how many there are and its width and height."""
        for page in photo.read_pages(source):
            height, width = page.pixels.shape[:2]
            seen.append((page.pages, (width, height)))
            yield self._colorizer(page, self._settings.temperature, self._settings.saturation)


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


@dataclasses.dataclass
class _Worker:
    """A process, the connection to it, and the job that it has, if any."""

    process: object
    connection: object
    job: object = None


class Pool:
    """Colorizes photos in worker processes. A context manager, which ends them.

    A worker that dies costs the photo that it was at; another takes its place.

    Args:
        settings: `Settings`.
        count: Number of workers.

    Raises:
        BatchError: The model takes no temperature, or no process can be started.
        presets.PresetError: There is no such model, or its file is damaged.
    """

    def __init__(self, settings, count):
        # Here, for a photo alone does not need it.
        import multiprocessing.connection

        methods = multiprocessing.get_all_start_methods()
        # A server that has everything imported makes a worker in 10 ms, and shares its memory.
        self._context = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:
            self._context.set_forkserver_preload(["kerascolor.colorizer"])
            from multiprocessing import forkserver

            with _interrupts_ignored():
                forkserver.ensure_running()
        self._wait = multiprocessing.connection.wait
        self._settings = settings
        self._workers = []
        try:
            for _ in range(count):
                self._workers.append(self._start())
            for worker in self._workers:
                self._greet(worker)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the workers, at whatever they are."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.connection.close()
        self._workers = []

    def run(self, jobs):
        """Yields each job with its `Result`, as they end."""
        waiting = collections.deque(jobs)
        for worker in self._workers:
            _give(worker, waiting)
        while busy := {worker.connection: worker for worker in self._workers if worker.job}:
            for connection in self._wait(list(busy)):
                worker = busy[connection]
                job, result = worker.job, None
                with contextlib.suppress(EOFError, OSError):
                    result = connection.recv()
                if result is None:
                    result = Result(_death(worker))
                    self._replace(worker)
                _give(worker, waiting)
                yield job, result

    def _start(self):
        ours, theirs = self._context.Pipe()
        arguments = (theirs, self._settings)
        process = self._context.Process(target=_work, args=arguments, daemon=True)
        try:
            process.start()
        except OSError as error:
            raise BatchError(f"no worker process can be started: {error.strerror}") from error
        theirs.close()
        return _Worker(process, ours)

    def _greet(self, worker):
        """Waits until a worker has loaded the model; raises what it could not."""
        try:
            problem = worker.connection.recv()
        except (EOFError, OSError) as error:
            raise BatchError(f"a worker process {_death(worker)}") from error
        if problem is not None:
            raise problem

    def _replace(self, worker):
        """Starts a process in the place of a dead one."""
        worker.connection.close()
        fresh = self._start()
        worker.process, worker.connection, worker.job = fresh.process, fresh.connection, None
        self._greet(worker)


@contextlib.contextmanager
def _interrupts_ignored():
    """Has processes that are started here ignore Ctrl-C, which reaches all of a terminal.

    The first process ends the others.
    """
    # Python allows this to the main thread alone.
    with contextlib.suppress(ValueError):
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, UnboundLocalError):
            signal.signal(signal.SIGINT, before)


def _give(worker, waiting):
    """Gives a worker the next job, if there is one."""
    worker.job = waiting.popleft() if waiting else None
    if worker.job:
        # One that died meanwhile is noticed when it is waited for.
        with contextlib.suppress(OSError):
            worker.connection.send(worker.job)


def _death(worker):
    worker.process.join()
    return (
        f"its process died (exit status {worker.process.exitcode}): too large for this machine's "
        "memory, or damaged in a way that the decoder did not survive"
    )


def _work(connection, settings):
    """What a worker does: colorize one photo after the other until nothing asks for more."""
    from multiprocessing import parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with, args=(parent_process(),), daemon=True).start()
    _keep_memory()
    try:
        colorist = Colorist(settings)
    except (BatchError, presets.PresetError) as error:
        connection.send(error)
        return
    connection.send(None)
    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send(colorist.colorize(connection.recv()))


def _die_with(process):
    """Ends this process at once when another ends, however it does."""
    process.join()
    os._exit(1)


def _keep_memory():
    """Has the allocator keep freed memory, up to `KEPT_BYTES`, where it is glibc's."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
        library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
