"""How long whole folders take, and how much memory, beside Pillow's decoding and encoding alone.

    python -m tools.benchmarks.folders classifier.tflite --photo photo.jpg \\
        --output docs/performance.md

Folders are made of enlargements of one photo. The command and Pillow go through them with the same
number of worker processes, start included, taking turns. Memory is that of the command and its
workers together, what they share counted once. Runs on Linux.
"""

import dataclasses
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from absl import flags
from PIL import Image

from kerascolor import program
from kerascolor.evaluation import pages
from tools.benchmarks import timing

FLAGS = flags.FLAGS

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


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder of enlargements of one photo.

    Args:
        megapixels: Size of each photo.
        count: Number of photos.
        extension: Format of the photos.
    """

    megapixels: float
    count: int
    extension: str = "jpg"

    @classmethod
    def parse(cls, text):
        """From MEGAPIXELS:PHOTOS or MEGAPIXELS:PHOTOS:EXTENSION."""
        megapixels, count, *extension = text.split(":")
        return cls(float(megapixels), int(count), *extension)


def measure(model, photo, folder, workers, runs):
    """Figures of a folder.

    Args:
        model: A .tflite file of this package.
        photo: Photo in colour that is enlarged.
        folder: `Folder`.
        workers: Processes at a time.
        runs: Timed runs.

    Returns:
        dict: "command" and "pillow" in seconds, "decoded" (megabytes of a photo's pixels) and
        "peak" (megabytes of the command).
    """
    with tempfile.TemporaryDirectory() as name:
        source, target = pathlib.Path(name, "in"), pathlib.Path(name, "out")
        source.mkdir()
        target.mkdir()
        decoded = _make_photos(photo, folder, source)
        command = [sys.executable, "-c", timing.COMMAND, "colorize", source, "--output", target]
        command += ["--overwrite", "--model", model, "--workers", workers, "--threads", workers]
        pillow = [sys.executable, "-c", PILLOW, source, target, workers]
        times = {"command": [], "pillow": []}
        for _ in range(runs):
            times["command"].append(_seconds(command))
            times["pillow"].append(_seconds(pillow))
        figures = {way: statistics.median(own) for way, own in times.items()}
        return {**figures, "decoded": decoded, "peak": _peak_megabytes(command)}


def _make_photos(photo, folder, place):
    """Fills the folder `place`; returns the megabytes of a photo's pixels."""
    path = timing.enlarged(photo, folder.megapixels, place.parent)
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        decoded = image.width * image.height * len(image.getbands()) / 1e6
        if folder.extension != "jpg":
            path = path.with_suffix(f".{folder.extension}")
            image.save(path)
    for number in range(folder.count):
        os.link(path, place / f"{number:04}.{folder.extension}")
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
        rows: Pairs of a `Folder` and what `measure` says of it.
        model: Name of the model.
        workers: Processes at a time.
        model_seconds: That the model takes for a photo, on one core.
    """
    table = [
        ["photos", "megapixels each", "format", "kerascolor (s)", "a photo (ms)", "Pillow (s)"]
        + ["ratio", "model (%)", "peak memory (MB)", "decoded, in flight (MB)", "memory factor"]
    ]
    for folder, figures in rows:
        in_flight = min(workers, folder.count) * figures["decoded"]
        share = 100 * model_seconds * folder.count / workers / figures["command"]
        cells = [folder.count, f"{folder.megapixels:g}", folder.extension]
        cells += [f"{figures['command']:.2f}", f"{1e3 * figures['command'] / folder.count:.1f}"]
        cells += [f"{figures['pillow']:.2f}"]
        cells += [f"{figures['command'] / figures['pillow']:.2f}", f"{share:.0f}"]
        cells += [f"{figures['peak']:.0f}", f"{in_flight:.0f}"]
        cells.append(f"{max(0.0, figures['peak'] - 300) / in_flight:.1f}")
        table.append(cells)
    machine = timing.machine()
    return [
        "# Performance",
        "",
        "How long `kerascolor colorize` takes for whole folders of photos in colour, which it "
        "reads, colorizes and writes in their own format, compared with the time that Pillow takes "
        "to decode and encode the same files with as many processes. Both times include the start "
        "of the programs.",
        "",
        f"Written by `python -m tools.benchmarks.folders {model}` on "
        f"{machine['processor']}, with {workers} workers on {machine['cores']} cores:",
        "",
        *pages.markdown_table(table),
        "",
        "Rows of the same size show how time and memory grow with the number of photos; the other "
        'rows show how they grow with the number of pixels. "Model" is the share of the model '
        'itself: its time on one core as a part of the command\'s. "Peak memory" is that of all '
        'processes together, and "memory factor" is how many times as large as the decoded '
        "pixels of the photos in flight the part above 300 MB is.",
    ]


def main(arguments):
    if len(arguments) != 2:
        raise ValueError("name one .tflite file")
    model = arguments[1]
    for path in (model, FLAGS.photo):
        if not os.path.isfile(path):
            raise ValueError(f"{path}: no such file")
    model_seconds = statistics.median(timing.latencies([model], 1, 30)[0]) / 1e3
    rows = []
    for text in FLAGS.folders:
        folder = Folder.parse(text)
        figures = measure(model, FLAGS.photo, folder, FLAGS.workers, FLAGS.runs)
        print(text, {name: round(figure, 2) for name, figure in figures.items()}, flush=True)
        rows.append((folder, figures))
    lines = page(rows, os.path.basename(model), FLAGS.workers, model_seconds)
    pathlib.Path(FLAGS.output).write_text("\n".join(lines) + "\n")


def define_flags():
    flags.DEFINE_string("photo", None, "Photo in colour to enlarge.", required=True)
    flags.DEFINE_string("output", None, "Markdown page to write.", required=True)
    flags.DEFINE_integer("workers", os.cpu_count(), "Worker processes.", lower_bound=1)
    flags.DEFINE_integer("runs", 3, "Timed runs of each; the figures are their medians.")
    flags.DEFINE_multi_string(
        "folders",
        ["1:100", "12:60", "48:16", "200:4", "200:2:tif", "0.1:1000", "1:200", "1:400", "1:800"],
        "Folders, as MEGAPIXELS:PHOTOS or MEGAPIXELS:PHOTOS:EXTENSION.",
    )


if __name__ == "__main__":
    program.run(main, define_flags)
