"""Fuzzes the readers of photo and model files, and writes the result into a page.

    python -m tests.fuzz --seconds 180 --output fuzzing --page docs/reliability.md

Small photos of every format, the tags of TIFF files, and what model files say about themselves are
mutated by libFuzzer (through atheris), which keeps those that reach new code and mutates them
further. An input fails where the reader raises anything but its own error of one line, crashes,
takes longer than --timeout or more memory than --megabytes; failing inputs stay in --output, and
the exit status is 1.
"""

import argparse
import collections
import io
import pathlib
import subprocess
import sys
import time

import numpy as np
import PIL.Image

from kerascolor import photo
from kerascolor.evaluation import pages
from kerascolor.photo import metadata
from tests import fuzz_files

# How libFuzzer's names of the inputs that it keeps begin.
FAILURES = ("crash-", "timeout-", "oom-")
TARGETS = ("photos", "tiff", "models")
# Pillow's names of the formats that are read.
FORMATS = photo.FORMATS | {".avif": "AVIF", ".jp2": "JPEG2000", ".gif": "GIF", ".ppm": "PPM"}


def seeds():
    """Small photo files by name: every format, kind of pixels and compression that is read."""
    rows, columns = np.mgrid[:40, :60]
    rgb = np.dstack([4 * columns, 6 * rows, rows * columns // 10]).astype(np.uint8)
    image = PIL.Image.fromarray(rgb)
    exif = PIL.Image.Exif()
    exif[metadata.ORIENTATION], exif[0x010E] = 6, "Grandmother"
    found = {}

    def add(name, mode="RGB", **settings):
        file = io.BytesIO()
        image.convert(mode).save(file, FORMATS[pathlib.PurePath(name).suffix], **settings)
        found[name] = file.getvalue()

    add("plain.jpg", exif=exif, dpi=(300, 300))
    add("progressive.jpg", progressive=True)
    add("large.jpg", "L", quality=10)
    add("cmyk.jpg", "CMYK")
    add("plain.png", exif=exif, dpi=(300, 300))
    add("black-and-white.png", "1")
    add("palette.png", "P", transparency=3)
    add("alpha.png", "LA")
    add("animated.png", save_all=True, append_images=[image.rotate(90)])
    add("lossy.webp", exif=exif)
    add("lossless.webp", "RGBA", lossless=True)
    add("animated.webp", save_all=True, append_images=[image.rotate(180)])
    add("plain.bmp")
    add("plain.avif")
    add("plain.jp2")
    add("plain.gif")
    add("plain.ppm")
    add("palette.bmp", "P")
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"):
        add(f"{compression}.tif", compression=compression, exif=exif)
    add("fax.tif", "1", compression="group4")
    add("cmyk.tif", "CMYK")
    add("pages.tif", "L", save_all=True, append_images=[image.convert("L")] * 2)
    return found


def write_seeds(target, folder):
    """Writes the inputs that a target begins with into a folder."""
    if target == "models":
        (folder / "described").write_bytes(b"\0" + fuzz_files.description())
        (folder / "whole").write_bytes(fuzz_files.model(b"\0" + fuzz_files.description()))
    if target != "photos":
        return
    for name, content in seeds().items():
        (folder / name).write_bytes(content)
    rows, columns = np.mgrid[:40, :60].astype(np.uint16)
    pixels = np.dstack([1000 * columns, 1600 * rows, 27 * rows * columns])
    photo.write(photo.Photo(pixels), folder / "deep.png")
    photo.write(photo.Photo(pixels, pixels[..., 0], dpi=(300, 300)), folder / "deep.tif")
    PIL.Image.fromarray(pixels[..., 0]).save(folder / "deep-grey.tif")


def fuzz(target, output, seconds, timeout, megabytes, seed):
    """Fuzzes a target for some seconds, and starts again where an input ends the process.

    Returns:
        How many inputs had each outcome, and the paths of those that failed.
    """
    corpus = output / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    write_seeds(target, corpus)
    outcomes = output / "outcomes.txt"
    outcomes.write_text("")
    end = time.monotonic() + seconds
    failures = []
    while (left := round(end - time.monotonic())) > 0:
        command = [sys.executable, "-m", "tests.fuzz_reader", target, outcomes]
        command += [f"-max_total_time={left}", f"-timeout={timeout}", f"-seed={seed}"]
        command += [f"-rss_limit_mb={megabytes}", f"-artifact_prefix={output}/", corpus]
        with open(output / "log.txt", "ab") as log:
            status = subprocess.run(command, stdout=log, stderr=log).returncode
        found = sorted(path for path in output.iterdir() if path.name.startswith(FAILURES))
        if status and len(found) == len(failures):
            raise RuntimeError(f"fuzzing ended with status {status}: see {output / 'log.txt'}")
        failures = found
        seed += 1
    return collections.Counter(outcomes.read_text().splitlines()), failures


def report(results, arguments):
    """Markdown lines, from outcomes and failures by target."""
    failures = [path for _, failed in results.values() for path in failed]
    tried = sum(outcomes.total() for outcomes, _ in results.values()) + len(failures)
    lines = [
        f"{tried:,} inputs in {arguments.seconds} seconds, {len(failures)} failures (each input "
        f"may take {arguments.timeout} seconds, and the process {arguments.megabytes:,} MB).",
        "",
    ]
    rows = [["target", "outcome", "inputs"]]
    for target, (outcomes, failed) in results.items():
        rows += [[target, outcome, f"{count:,}"] for outcome, count in outcomes.most_common()]
        rows += [[target, f"failed: `{path.name}`", "1"] for path in failed]
    return lines + pages.markdown_table(rows)


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "--seconds", type=int, default=60, help="for all targets (default: %(default)s)"
    )
    parser.add_argument("--timeout", type=int, default=20, help="for one input, in seconds")
    parser.add_argument("--megabytes", type=int, default=1000, help="of memory for all")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder for the inputs")
    parser.add_argument("--page", help="Markdown page whose section fuzzing to rewrite")
    arguments = parser.parse_args()
    results = {
        target: fuzz(
            target,
            arguments.output / target,
            arguments.seconds // len(TARGETS),
            arguments.timeout,
            arguments.megabytes,
            arguments.seed,
        )
        for target in TARGETS
    }
    lines = report(results, arguments)
    print(*lines, sep="\n")
    if arguments.page:
        command = f"python -m tests.fuzz --seconds {arguments.seconds} --seed {arguments.seed}"
        pages.write_section(arguments.page, "fuzzing", command, lines)
    return 1 if any(failures for _, failures in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
