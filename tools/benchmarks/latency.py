"""How fast and how large .tflite files are, and how long whole photos take.

    python -m tools.benchmarks.latency float.tflite int8.tflite --output benchmark.json
    python -m tools.benchmarks.latency int8.tflite --photo photo.jpg

The files take turns, so that whatever else the machine does strikes all alike: ratios hold where
milliseconds do not. With --photo the command's way through a photo is timed too, on enlargements
of that photo, with the first file as its model. Runs on Linux and macOS.
"""

import json
import multiprocessing
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from absl import flags

from kerascolor import program
from kerascolor.evaluation import pages
from tools.benchmarks import timing

FLAGS = flags.FLAGS

THREADS = (1, 2)
# What any colorization in Python has to load first.
IMPORTS = "import numpy, cv2, ai_edge_litert.interpreter"


def benchmark(paths, runs=50):
    """Figures of .tflite files.

    Args:
        paths: Files with one signature each, of any program.
        runs: Timed runs of each file with each number of threads.

    Returns:
        list: For each file "file", "bytes", "load_ms" and "peak_mb" (of a fresh process, the
        latter beyond what it takes without the file), and "latency_ms" by number of threads:
        "median", "p90" and "ratio", the median over the first file's.
    """
    results = []
    for path in paths:
        load_ms, peak_mb = _in_fresh_process(_load_figures, path)
        results.append(
            {
                "file": str(path),
                "bytes": os.path.getsize(path),
                "load_ms": round(load_ms, 2),
                "peak_mb": round(peak_mb, 1),
                "latency_ms": {},
            }
        )
    for threads in THREADS:
        times = timing.latencies(paths, threads, runs)
        first = statistics.median(times[0])
        for result, own in zip(results, times, strict=True):
            result["latency_ms"][str(threads)] = {
                "median": round(statistics.median(own), 3),
                "p90": round(float(np.percentile(own, 90)), 3),
                "ratio": round(statistics.median(own) / first, 3),
            }
    return results


def _in_fresh_process(function, *arguments):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def _load_figures(path):
    """Milliseconds until a file is ready to run, and the megabytes that loading and a run take."""
    before = _peak_megabytes()
    begin = time.perf_counter()
    function, inputs = timing.runner(path, THREADS[-1])
    load_ms = 1e3 * (time.perf_counter() - begin)
    function(**inputs)
    return load_ms, _peak_megabytes() - before


def _peak_megabytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def benchmark_photos(model, source, megapixels=(1, 12, 48), runs=5):
    """Seconds of the command's way through JPEG photos, and of Pillow's decoding and encoding.

    Args:
        model: A .tflite file of this package.
        source: Photo that is enlarged to `megapixels`, with some grain.
        megapixels: Sizes.
        runs: Timed runs of each, taking turns; the figures are medians.

    Returns:
        dict: "photos", for each size "megapixels", "bytes", "colorize" (read, colorize, write),
        "pillow", "command" (the whole process) and "ratio", colorize over pillow; and "start",
        for a photo of the smallest size "command", "imports" (a Python process that only imports
        NumPy, OpenCV and LiteRT) and "ratio".
    """
    photos = []
    worker = _worker(model)
    with tempfile.TemporaryDirectory() as folder:
        for size in megapixels:
            path = timing.enlarged(source, size, pathlib.Path(folder))
            target = path.with_name("result.jpg")
            ways = {
                "colorize": lambda path=path, target=target: _colorize(worker, path, target),
                "pillow": lambda path=path, target=target: _recode(path, target),
                "command": lambda path=path, target=target: _command(model, path, target),
                "imports": _imports,
            }
            seconds = _medians(ways, runs)
            photos.append({"megapixels": size, "bytes": path.stat().st_size, **seconds})
            photos[-1]["ratio"] = round(seconds["colorize"] / seconds["pillow"], 3)
    smallest = photos[0]
    start = {name: smallest[name] for name in ("command", "imports")}
    start["ratio"] = round(start["command"] / start["imports"], 3)
    return {"photos": photos, "start": start}


def _medians(ways, runs):
    times = {name: [] for name in ways}
    for run in range(-1, runs):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            if run >= 0:
                times[name].append(time.perf_counter() - begin)
    return {name: round(statistics.median(own), 4) for name, own in times.items()}


def _worker(model):
    """What colorizes in the command's own process, with its settings."""
    from kerascolor.batch import Settings
    from kerascolor.batch.worker import Worker

    return Worker(Settings(str(model)), os.cpu_count())


def _colorize(worker, path, target):
    from kerascolor.batch import jobs

    result = worker.colorize(jobs.Job(path, target))
    if result.reason:
        raise ValueError(f"{path}: {result.reason}")


def _recode(path, target):
    from PIL import Image

    with Image.open(path) as image:
        image.save(target, quality=timing.JPEG_QUALITY)


def _command(model, path, target):
    arguments = ["colorize", str(path), "--output", str(target), "--model", model, "--overwrite"]
    subprocess.run(
        [sys.executable, "-c", timing.COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL
    )


def _imports():
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)


def table(results):
    """Markdown lines of the figures of files; ratios are of the time of the first file."""
    head = ["file", "MB", "load ms", "peak MB"]
    for threads in THREADS:
        head += [f"{threads} thread{'s' * (threads > 1)}: median ms", "p90", "ratio"]
    rows = [head]
    for result in results:
        cells = [os.path.basename(result["file"]), f"{result['bytes'] / 1e6:.2f}"]
        cells += [f"{result['load_ms']:.1f}", f"{result['peak_mb']:.1f}"]
        for latency in result["latency_ms"].values():
            cells += [f"{latency[name]:.2f}" for name in ("median", "p90", "ratio")]
        rows.append(cells)
    return pages.markdown_table(rows)


def photo_table(results):
    """Markdown lines of the figures of photos, in seconds."""
    rows = [["megapixels", "MB", "colorize s", "Pillow s", "ratio", "whole command s"]]
    for photo in results["photos"]:
        cells = [f"{photo['megapixels']}", f"{photo['bytes'] / 1e6:.2f}"]
        cells += [f"{photo[name]:.3f}" for name in ("colorize", "pillow", "ratio", "command")]
        rows.append(cells)
    start = results["start"]
    return [
        *pages.markdown_table(rows),
        "",
        f"The whole command takes {start['command']:.3f} s for the smallest, {start['ratio']:.2f} "
        f"times a Python process that only imports NumPy, OpenCV and LiteRT "
        f"({start['imports']:.3f} s).",
    ]


def main(arguments):
    paths = arguments[1:]
    if not paths:
        raise ValueError("name one .tflite file or more")
    for path in [*paths, *filter(None, [FLAGS.photo])]:
        if not os.path.isfile(path):
            raise ValueError(f"{path}: no such file")
    figures = {
        "machine": timing.machine(),
        "runs": FLAGS.runs,
        "files": benchmark(paths, FLAGS.runs),
    }
    lines = [f"On {figures['machine']['processor']}:", "", *table(figures["files"])]
    if FLAGS.photo:
        figures |= benchmark_photos(paths[0], FLAGS.photo, FLAGS.megapixels, FLAGS.photo_runs)
        lines += ["", *photo_table(figures)]
    print(*lines, sep="\n")
    if FLAGS.page:
        command = " ".join([f"python -m {program.name()}", *map(os.path.basename, paths)])
        pages.write_section(FLAGS.page, "latency", command, lines)
    if FLAGS.output:
        pathlib.Path(FLAGS.output).write_text(json.dumps(figures, indent=2) + "\n")


def define_flags():
    flags.DEFINE_string("page", None, "Markdown page whose section latency to rewrite.")
    flags.DEFINE_string("output", None, "JSON file for the figures.")
    flags.DEFINE_integer("runs", 50, "Timed runs of each file.", lower_bound=30)
    flags.DEFINE_string("photo", None, "Photo to enlarge and colorize, end to end.")
    flags.DEFINE_multi_integer("megapixels", [1, 12, 48], "Sizes of the enlarged photos.")
    flags.DEFINE_integer("photo_runs", 5, "Timed runs of each photo.", lower_bound=1)


if __name__ == "__main__":
    program.run(main, define_flags)
