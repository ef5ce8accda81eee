"""How long a film takes, beside what PyAV takes to decode and encode the same film.

    python -m tools.benchmarks.film --film film.mp4 --output docs/video-speed.md

Both encode with the same settings, start included, taking turns. PyAV copies the pictures as they
are.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from absl import app, flags

from kerascolor.evaluation import pages
from tools.benchmarks import timing

FLAGS = flags.FLAGS

flags.DEFINE_string("film", None, "Film to take the frames of.", required=True)
flags.DEFINE_string("output", None, "Markdown page to write.", required=True)
flags.DEFINE_multi_string("sizes", ["1280x720", "1920x1080"], "Sizes to scale it to.")
flags.DEFINE_integer("frames", 120, "Frames of it.", lower_bound=1)
flags.DEFINE_integer("runs", 3, "Timed runs of each; the figures are their medians.")

# The settings are those of kerascolor.film.codecs.
RECODE = """
import sys, av
source, target = sys.argv[1:]
with av.open(source) as film, av.open(target, "w") as output:
    pictures = film.streams.video[0]
    pictures.thread_type = "AUTO"
    stream = output.add_stream("libx264", pictures.average_rate)
    stream.height, stream.width, stream.pix_fmt = pictures.height, pictures.width, "yuv420p"
    stream.codec_context.options = {"preset": "veryfast", "crf": "18"}
    for frame in film.decode(pictures):
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
"""
PREPARE = """
import sys, av
source, target, size, count = sys.argv[1:]
width, height = map(int, size.split("x"))
with av.open(source) as film, av.open(target, "w") as output:
    stream = output.add_stream("libx264", film.streams.video[0].average_rate)
    stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
    stream.codec_context.options = {"preset": "veryfast", "crf": "18"}
    for number, frame in enumerate(film.decode(video=0)):
        if number == int(count):
            break
        output.mux(stream.encode(frame.reformat(width, height, "yuv420p")))
    output.mux(stream.encode(None))
"""


def measure(film, size, frames, runs):
    """Median seconds of the command and of PyAV for so many frames of a film at a size."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        source, target = folder / "film.mp4", folder / "out.mp4"
        _seconds(PREPARE, film, source, size, frames)
        times = {"command": [], "pyav": []}
        for _ in range(runs):
            own = ["video", source, "--output", target, "--overwrite"]
            times["command"].append(_seconds(timing.COMMAND, *own))
            times["pyav"].append(_seconds(RECODE, source, target))
        return {way: statistics.median(own) for way, own in times.items()}


def _seconds(program, *arguments):
    begin = time.perf_counter()
    command = [sys.executable, "-c", program, *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def page(rows, frames):
    """Lines of the Markdown page from (size, figures of `measure`)."""
    table = [["size", "kerascolor (s)", "frames a second", "PyAV (s)", "ratio"]]
    for size, figures in rows:
        seconds, pyav = figures["command"], figures["pyav"]
        table.append([size, f"{seconds:.2f}", f"{frames / seconds:.1f}", f"{pyav:.2f}"])
        table[-1].append(f"{seconds / pyav:.2f}")
    machine = timing.machine()
    return [
        "# How long a film takes",
        "",
        f"{frames} frames, H.264 to H.264 (veryfast), written by `python -m tools.benchmarks.film` "
        f"on {machine['processor']}, {machine['cores']} cores:",
        "",
        *pages.markdown_table(table),
    ]


def main(_):
    if not os.path.isfile(FLAGS.film):
        sys.exit(f"tools.benchmarks.film: {FLAGS.film}: no such file")
    rows = []
    for size in FLAGS.sizes:
        figures = measure(FLAGS.film, size, FLAGS.frames, FLAGS.runs)
        print(size, {way: round(seconds, 2) for way, seconds in figures.items()}, flush=True)
        rows.append((size, figures))
    pathlib.Path(FLAGS.output).write_text("\n".join(page(rows, FLAGS.frames)) + "\n")


if __name__ == "__main__":
    app.run(main)
