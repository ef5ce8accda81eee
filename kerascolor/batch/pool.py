"""Worker processes that colorize photos in parallel.

Each worker reads, colorizes and writes whole photos, with an interpreter of its own: nothing has to
pass between processes but names, and a decoder that crashes takes one photo with it.
"""

import collections
import contextlib
import dataclasses
import os
import signal
import threading

from kerascolor import presets
from kerascolor.batch.jobs import Result
from kerascolor.batch.settings import BatchError


@dataclasses.dataclass(eq=False)
class _Process:
    """A process, the connection to it, and the job that it has, if any."""

    process: object
    connection: object
    job: object = None


class Pool:
    """Colorizes photos in worker processes. A context manager, which ends them.

    A worker that dies costs the photo that it was at; another takes its place.

    Args:
        settings: `Settings`.
        threads: Processor cores for each worker.
        count: Number of workers.

    Raises:
        BatchError: The model takes no temperature, or no process can be started.
        presets.PresetError: There is no such model, or its file is damaged.
    """

    def __init__(self, settings, threads, count):
        # Here, for a photo alone does not need it.
        import multiprocessing.connection

        methods = multiprocessing.get_all_start_methods()
        # A server that has everything imported makes a worker in 10 ms, and shares its memory.
        self._context = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:
            from multiprocessing import forkserver

            self._context.set_forkserver_preload(["kerascolor.batch.worker"])
            with _interrupts_ignored(), _starting():
                forkserver.ensure_running()
        self._wait = multiprocessing.connection.wait
        self._settings = settings, threads
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
                if worker in self._workers:
                    _give(worker, waiting)
                yield job, result
        for job in waiting:
            yield job, Result("no worker process is left, and none can be started")

    def _start(self):
        with _starting():
            ours, theirs = self._context.Pipe()
            arguments = (theirs, *self._settings)
            process = self._context.Process(target=_work, args=arguments, daemon=True)
            process.start()
        theirs.close()
        return _Process(process, ours)

    def _greet(self, worker):
        """Waits until a worker has loaded the model; raises what it could not."""
        try:
            problem = worker.connection.recv()
        except (EOFError, OSError) as error:
            raise BatchError(_no_start(worker)) from error
        if problem is not None:
            raise problem

    def _replace(self, worker):
        """Starts a process in the place of a dead one, or goes on without."""
        worker.connection.close()
        try:
            fresh = self._start()
            worker.process, worker.connection = fresh.process, fresh.connection
            self._greet(worker)
        except (BatchError, presets.PresetError):
            self._workers.remove(worker)


@contextlib.contextmanager
def _interrupts_ignored():
    """Has processes that are started here ignore Ctrl-C, which reaches all of a terminal.

    The first process ends the others.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may do this.
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _starting():
    """Raises BatchError, which says in one line why, where no process can be started."""
    try:
        yield
    except (EOFError, OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        if "AF_UNIX" in str(error):
            reason = "the path of the folder for temporary files is too long: set TMPDIR to another"
        raise BatchError(f"no worker process can be started: {reason}") from error


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


def _no_start(worker):
    worker.process.join()
    status = worker.process.exitcode
    # A script that is imported, and starts workers in its turn, ends like this.
    hint = (
        'a script must call this under `if __name__ == "__main__":`'
        if status == 1
        else "the machine may lack memory: use fewer workers"
    )
    return f"a worker process could not start (exit status {status}): {hint}"


def _work(connection, settings, threads):
    """Colorizes one photo after the other, in a worker, until nothing asks for more."""
    from multiprocessing import parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with, args=(parent_process(),), daemon=True).start()
    # Here, for the first process needs no LiteRT.
    from kerascolor.batch.worker import Worker

    try:
        worker = Worker(settings, threads)
    except (BatchError, presets.PresetError) as error:
        connection.send(error)
        return
    connection.send(None)
    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send(worker.colorize(connection.recv()))


def _die_with(process):
    """Ends this process at once when another ends, however it does."""
    process.join()
    os._exit(1)
