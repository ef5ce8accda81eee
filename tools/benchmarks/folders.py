"""How long whole folders take, and how much memory, beside Pillow's decoding and encoding alone.

    python -m tools.benchmarks.folders classifier.tflite --photo photo.jpg \\
        --output docs/performance.md

Folders are made of enlargements of one photo. The command and Pillow go through them with the same
number of worker processes, start included, by turns. Memory is that of the command and its workers
together, what they share counted once. Runs on Linux.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from absl import app, flags
from PIL import Image

from kerascolor.evaluation import pages
from tools.benchmarks import timing

FLAGS = flags.FLAGS

flags.DEFINE_string("photo", None, "Photo in colour to enlarge.", required=True)
flags.DEFINE_string("output", None, "Markdown page to write.", required=True)
flags.DEFINE_integer("workers", os.cpu_count(), "Worker processes.", lower_bound=1)
flags.DEFINE_integer("runs", 3, "Timed runs of each, of which the figures are medians.")
flags.DEFINE_multi_string(
    "folders",
    ["1:100", "12:60", "48:16", "200:4", "200:2:tif", "0.1:1000", "1:200", "1:400", "1:800"],
    "Folders, as MEGAPIXELS:PHOTOS or MEGAPIXELS:PHOTOS:EXTENSION.",
)

COMMAND = "import sys; from kerascolor.commands.main import main; sys.exit(main())"
# Photo by photo in worker processes, with the settings that the command has.
PILLOW = """
import multiprocessing, pathlib, sys
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
source, target, workers = sys.argv[1:]
def recode(path):
    settings = {"quality": 92} if path.suffix == ".jpg" else {"compression": "tiff_adobe_deflate"}
    with Image.open(path) as image:
        image.save(pathlib.Path(target) / path.name, **settings)
with multiprocessing.Pool(int(workers)) as pool:
    pool.map(recode, sorted(pathlib.Path(source).iterdir()), chunksize=1)
"""
SAMPLING_SECONDS = 0.05


def measure(model, photo, megapixels, count, extension, workers, runs):
    """Figures of a folder.

    Args:
        model: A .tflite file of this package.
        photo: Photo in colour that is enlarged.
        megapixels, count, extension: Of the photos in the folder.
        workers: Processes at a time.
        runs: Timed runs.

    Returns:
        dict: "command" and "pillow" in seconds, "decoded" (megabytes of a photo's pixels) and
        "peak" (megabytes of the command).
    """
    with tempfile.TemporaryDirectory() as name:
        folder, source, target = (
            pathlib.Path(name),
            pathlib.Path(name, "in"),
            pathlib.Path(name, "out"),
        )
        source.mkdir()
        target.mkdir()
        decoded = _make_photos(photo, megapixels, count, extension, folder, source)
        command = [sys.executable, "-c", COMMAND, "colorize", source, "--output", target]
        command += ["--overwrite", "--model", model, "--workers", workers, "--threads", workers]
        pillow = [sys.executable, "-c", PILLOW, source, target, workers]
        times = {"command": [], "pillow": []}
        for _ in range(runs):
            times["command"].append(_seconds(command))
            times["pillow"].append(_seconds(pillow))
        figures = {way: statistics.median(own) for way, own in times.items()}
        return {**figures, "decoded": decoded, "peak": _peak_megabytes(command)}


def _make_photos(photo, megapixels, count, extension, folder, source):
    """Fills the folder `source`; returns the megabytes of a photo's pixels."""
    path = timing.enlarged(photo, megapixels, folder)
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        decoded = image.width * image.height * len(image.getbands()) / 1e6
        if extension != "jpg":
            path = path.with_suffix(f".{extension}")
            image.save(path)
    for number in range(count):
        os.link(path, source / f"{number:04}.{extension}")
    return decoded


def _seconds(command):
    begin = time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def _peak_megabytes(command):
    """The most memory that a command and all that it started had at a time."""
    peak = 0
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(_kilobytes, [process.pid, *_descendants(process.pid)])))
            time.sleep(SAMPLING_SECONDS)
    return peak / 1e6 * 1024


def _descendants(pid):
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [found for child in children for found in (child, *_descendants(child))]


def _kilobytes(pid):
    """A process' proportional share of memory."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass  # It has ended.
    return 0


def page(rows, model, workers, model_seconds):
    """Lines of the Markdown page.

    Args:
        rows: (megapixels, count, extension, figures of `measure`) of each folder.
        model: Name of the model.
        workers: Processes at a time.
        model_seconds: That the model takes for a photo, on one core.
    """
    table = [
        ["photos", "megapixels each", "format", "kerascolor (s)", "a photo (ms)", "Pillow (s)"]
        + ["ratio", "model (%)", "peak memory (MB)", "decoded, in flight (MB)", "memory factor"]
    ]
    for megapixels, count, extension, figures in rows:
        in_flight = min(workers, count) * figures["decoded"]
        share = 100 * model_seconds * count / workers / figures["command"]
        cells = [count, megapixels, extension, f"{figures['command']:.2f}"]
        cells += [f"{1e3 * figures['command'] / count:.1f}", f"{figures['pillow']:.2f}"]
        cells += [f"{figures['command'] / figures['pillow']:.2f}", f"{share:.0f}"]
        cells += [f"{figures['peak']:.0f}", f"{in_flight:.0f}"]
        cells.append(f"{max(0.0, figures['peak'] - 300) / in_flight:.1f}")
        table.append(cells)
    machine = timing.machine()
    return [
        "# Performance",
        "",
        "Whole folders of photos in colour, read, colorized and written in their own format, "
        "beside what Pillow takes to decode and encode the same files, with as many processes. "
        "Both include their start.",
        "",
        f"Written by `python -m tools.benchmarks.folders {model}` on "
        f"{machine['processor']}, with {workers} workers on {machine['cores']} cores:",
        "",
        *pages.markdown_table(table),
        "",
        "Rows of one size show how time and memory grow with the number of photos; the others, "
        "with their pixels. The model's share is its time on one core over the command's. Memory "
        "is that of all processes together, and its factor what is above 300 MB over the decoded "
        "pixels of the photos in flight.",
    ]


def main(arguments):
    if len(arguments) != 2:
        sys.exit("tools.benchmarks.folders: name one .tflite file")
    for path in (arguments[1], FLAGS.photo):
        if not os.path.isfile(path):
            sys.exit(f"tools.benchmarks.folders: {path}: no such file")
    model = arguments[1]
    model_seconds = statistics.median(timing.latencies([model], 1, 30)[0]) / 1e3
    rows = []
    for folder in FLAGS.folders:
        megapixels, count, extension = (folder.split(":") + ["jpg"])[:3]
        size = float(megapixels), int(count), extension
        figures = measure(model, FLAGS.photo, *size, FLAGS.workers, FLAGS.runs)
        print(folder, {name: round(figure, 2) for name, figure in figures.items()}, flush=True)
        rows.append((megapixels, int(count), extension, figures))
    lines = page(rows, os.path.basename(model), FLAGS.workers, model_seconds)
    pathlib.Path(FLAGS.output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    app.run(main)
