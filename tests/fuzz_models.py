"""Fuzzes the loading and running of model files: `python -m tests.fuzz_models --count 200`.

Each file is a preset's with some bytes of its tables changed, and with the digest of what it then
is, as someone with bad intentions would write it. Each is loaded in a process of its own: it works,
or is refused with a `PresetError`; whatever else happens is a failure.
"""

import argparse
import hashlib
import io
import json
import multiprocessing
import pathlib
import random
import sys
import tempfile
import zipfile

import numpy as np

from kerascolor import presets

# The tables stand behind the weights, and at the very front.
TABLES, FRONT = 60_000, 400
WORKS, REFUSED, FAILED = range(3)


def mutated(content, description, generator):
    """The bytes of a model file in which some of the flatbuffer's are changed."""
    content = bytearray(content[: description["bytes"]])
    for _ in range(generator.choice((1, 4, 30))):
        is_behind = generator.random() < 0.8
        ends = (len(content) - TABLES, len(content)) if is_behind else (8, FRONT)
        content[generator.randrange(*ends)] = generator.randrange(256)
    description = description | {"sha256": hashlib.sha256(content).hexdigest()}
    file = io.BytesIO(bytes(content))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(presets.DESCRIPTION, json.dumps(description))
    return file.getvalue()


def load(path):
    """Ends the process with what became of a model file."""
    from kerascolor.runtime import colorizer

    try:
        colorizer.Colorizer(path, 1)(np.zeros((64, 64), np.uint8))
    except presets.PresetError:
        sys.exit(REFUSED)
    except Exception as error:
        print(f"{path}: {error!r}")
        sys.exit(FAILED)
    sys.exit(WORKS)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which ones (default: %(default)s)")
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    path = presets.path("unet", "tflite")
    content, description = path.read_bytes(), presets.describe(path)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kerascolor.runtime.colorizer"])
    counts = dict.fromkeys((WORKS, REFUSED), 0)
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.count):
            path = pathlib.Path(folder) / f"{number}.tflite"
            path.write_bytes(mutated(content, description, generator))
            process = context.Process(target=load, args=(path,))
            process.start()
            process.join()
            if process.exitcode in counts:
                counts[process.exitcode] += 1
            else:
                failures.append((number, process.exitcode))
            path.unlink()
    print(f"{counts[WORKS]} work, {counts[REFUSED]} refused, {len(failures)} failures: {failures}")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
