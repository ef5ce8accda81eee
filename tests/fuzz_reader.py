"""Reads mutated files until the time is up or one does harm; `tests.fuzz` starts it.

    python -m tests.fuzz_reader TARGET OUTCOMES [LIBFUZZER'S OPTIONS] SEEDS

Guided by the coverage of Pillow's Python and our own. What became of each input is a line in the
file OUTCOMES.
"""

import itertools
import os
import re
import sys
import tempfile
import warnings

import atheris

with atheris.instrument_imports(include=["PIL", "kerascolor.photo", "kerascolor.presets"]):
    from PIL import PngImagePlugin

    from kerascolor import photo, presets
    from kerascolor.photo import formats, reading

    for entry in formats.TABLE:
        entry.module  # noqa: B018

import cv2

from tests import fuzz_files

PAGES = 3  # Further pages of a file only take longer.
# Larger photos only take longer.
MAX_PIXELS = 4_000_000


def read_photo(path):
    """What becomes of a photo file: "read", or the kind of the reader's message."""
    try:
        read = reading.read_pages(path, max_pixels=MAX_PIXELS)
        pages = list(itertools.islice(read, PAGES))
    except photo.PhotoError as error:
        return _kind(error, f"{path}: ")
    for found in pages:
        assert found.pixels.size and found.pixels.dtype in ("uint8", "uint16")
        assert found.alpha is None or found.alpha.shape == found.pixels.shape[:2]
    return "read"


def read_model(path):
    """What becomes of a model file: "read", or the kind of the message."""
    try:
        presets.describe(path)
    except presets.PresetError as error:
        return _kind(error, f"{path} ")
    return "read"


def _kind(error, start):
    message = str(error)
    assert message.startswith(start) and message.isprintable(), message
    reason = message.removeprefix(start).split(": ")[0]
    return re.sub(r"'.*?'", "...", re.sub(r"\d+", "N", reason))


# What makes a file of an input, and what reads it, by target.
TARGETS = {
    "photos": (lambda content: content, read_photo),
    "tiff": (fuzz_files.tiff, read_photo),
    "models": (fuzz_files.model, read_model),
}


def main():
    make, read = TARGETS[sys.argv.pop(1)]
    outcomes = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND)
    warnings.simplefilter("ignore")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # A checksum should not be what stops a mutated photo.
    PngImagePlugin.ChunkStream.crc = PngImagePlugin.ChunkStream.crc_skip

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")

        def try_one(content):
            with open(path, "wb") as file:
                file.write(make(content))
            os.write(outcomes, f"{read(path)}\n".encode())

        atheris.Setup(sys.argv, try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
