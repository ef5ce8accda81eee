"""Many photos: colorized beside each other, and what became of each."""

import contextlib
import os

from kerascolor.atomic import remove_stale
from kerascolor.batch.jobs import BatchError, make_folders, plan
from kerascolor.batch.pool import Pool
from kerascolor.batch.report import Report
from kerascolor.batch.worker import Colorist, Settings
from kerascolor.photo import printable


def colorize(
    inputs,
    output,
    model="classifier",
    temperature=None,
    saturation=1.0,
    threads=None,
    workers=None,
    overwrite=False,
    report=None,
    samples=None,
    seed=0,
):
    """Colorizes photos, and prints what becomes of each.

    A photo that can't be done gets a line on standard error, and the others go on.

    Args:
        inputs: Files, folders and patterns.
        output: A file for one photo, or a folder; see `plan`.
        model: Name of a preset, or path of a .tflite file.
        temperature, saturation: See `Colorizer.__call__`.
        threads: Processor cores to use; by default, and at most, all.
        workers: Photos to work on at a time; by default one for each of these cores.
        overwrite: Colorize photos whose output exists, too.
        report: File ending in .jsonl that gets a line of JSON for each photo, or None.
        samples, seed: How many different colorizations each photo gets, and what decides them;
            see `plan` and `Colorizer.sample`.

    Returns:
        The exit status: 0, 1 if a photo failed, 130 if interrupted by Ctrl-C.

    Raises:
        BatchError: The output does not suit the inputs, is one of them or can't be made; the model
            takes no temperature or draws no samples; or the report is none or can't be written.
        presets.PresetError: There is no such model, or its file is damaged.
    """
    if report and not os.fspath(report).endswith(".jsonl"):
        # It might be a photo, to which lines would be added.
        raise BatchError(f"--report {printable(report)}: end its name in .jsonl")
    jobs, failures = plan(inputs, output, samples)
    skipped = {job for job in jobs if not overwrite and os.path.isfile(job.target)}
    pending = [job for job in jobs if job not in skipped]
    threads = min(threads or os.cpu_count(), os.cpu_count())
    workers = min(workers or threads, len(pending))
    with contextlib.ExitStack() as stack:
        if pending:
            seed = seed if samples else None
            settings = Settings(model, temperature, saturation, max(1, threads // workers), seed)
            colorist = stack.enter_context(_colorist(settings, len(pending), workers))
            pending, impossible = make_folders(pending)
            failures += impossible
        told = Report(len(failures) + len(pending), output, report)
        for job in sorted(skipped, key=lambda job: job.source):
            told.skipped(job)
        for failure in failures:
            told.failed(failure)
        folders = {job.target.parent for job in jobs}
        remove_stale(folders)
        interrupted = False
        try:
            for job, result in colorist.run(pending) if pending else ():
                told.result(job, result)
        except KeyboardInterrupt:
            interrupted = True
    # Once more, now that a killed run's workers are gone for certain, and ours.
    remove_stale(folders)
    return told.finish(interrupted)


def _colorist(settings, photos, workers):
    """What colorizes, as a context manager."""
    # A photo alone needs no process of its own, which would take time to start.
    return contextlib.nullcontext(Colorist(settings)) if photos == 1 else Pool(settings, workers)
