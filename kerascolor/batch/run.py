"""Many photos, colorized in parallel, and what became of each."""

import contextlib
import os

from kerascolor import color, memory, presets
from kerascolor.atomic import remove_stale
from kerascolor.batch import marks
from kerascolor.batch.jobs import find_jobs, make_folders, with_hints
from kerascolor.batch.pool import Pool
from kerascolor.batch.report import Report
from kerascolor.batch.settings import BatchError, BatchSettings, Settings
from kerascolor.photo import printable


def colorize(inputs, output, settings=None, batch=None):
    """Colorizes photos, and prints what becomes of each.

    A photo that can't be done gets a line on standard error, and the others go on.

    Args:
        inputs: Files, folders and patterns, or one of them.
        output: A file for one photo, or a folder; see `jobs.find_jobs`.
        settings: `Settings` of each photo.
        batch: `BatchSettings`.

    Returns:
        `Summary`.

    Raises:
        BatchError: The output does not suit the inputs, is one of them or can't be made; the model
            takes no temperature or no hints, or draws no samples; the hints or the reference do
            not suit the photos; or the report can't be written.
        presets.PresetError: There is no such model, or its file is damaged.

    Several photos are colorized by worker processes, which import the script that calls this: it
    must do so under `if __name__ == "__main__":`.

    Example:
        >>> settings = kerascolor.batch.Settings(saturation=1.2)
        >>> kerascolor.batch.colorize("scans", "colour", settings)
    """
    settings, batch = settings or Settings(), batch or BatchSettings()
    inputs = [inputs] if isinstance(inputs, (str, os.PathLike)) else inputs
    inputs, output = list(map(os.fspath, inputs)), os.fspath(output)
    if batch.report and not os.fspath(batch.report).endswith(".jsonl"):
        # It might be a photo, to which lines would be added.
        raise BatchError(f"{printable(batch.report)} does not end in .jsonl", "report")
    # First of all, for a model that does not exist is an error even where all is skipped.
    description = presets.describe(presets.tflite(settings.model))
    found = find_jobs(inputs, output, settings.samples, settings.compare)
    jobs, failures = with_hints(found.jobs, settings.hints), found.failures
    skipped = {job for job in jobs if not batch.overwrite and job.is_done()}
    pending = [job for job in jobs if job not in skipped]
    folders = {job.target.parent for job in jobs}

    def said(job):
        return marks.values(settings, description, hints=job.hints)

    with contextlib.ExitStack() as stack:
        # At the very end, when the workers are gone for certain, whatever ends this.
        stack.callback(remove_stale, folders)
        if pending:
            worker = stack.enter_context(_worker(settings, batch, len(pending)))
            pending, impossible = make_folders(pending)
            failures += impossible
        report = stack.enter_context(Report(len(failures) + len(pending), said, batch.report))
        for path in found.passed_over:
            report.passed_over(path)
        for job in sorted(skipped, key=lambda job: job.source):
            report.skipped(job, marks.read(job.results[0]))
        for failure in failures:
            report.failed(failure)
        # What a run that was killed has left.
        remove_stale(folders)
        is_interrupted = False
        try:
            for job, result in worker.run(pending) if pending else ():
                report.result(job, result)
        except KeyboardInterrupt:
            is_interrupted = True
    is_infrared = color.is_whole(description["color_space"])
    return report.summary(output, is_infrared, is_interrupted)


def _worker(settings, batch, photos):
    """What colorizes, as a context manager."""
    threads = min(batch.threads or os.cpu_count(), os.cpu_count())
    workers = min(batch.workers or threads, photos)
    threads = max(1, threads // workers)
    if photos > 1 or memory.is_limited():
        return Pool(settings, threads, workers)
    # Here, for it loads LiteRT. A photo alone needs no process of its own, which would take time to
    # start, unless a lack of memory may end it.
    from kerascolor.batch.worker import Worker

    return contextlib.nullcontext(Worker(settings, threads))
