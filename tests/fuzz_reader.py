"""Reads mutated photo files until the time is up or one does harm; `tests.fuzz` starts it.

    python -m tests.fuzz_reader OUTCOMES [LIBFUZZER'S OPTIONS] SEEDS

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

with atheris.instrument_imports(include=["PIL", "kerascolor.photo"]):
    from PIL import PngImagePlugin

    from kerascolor import photo
    from kerascolor.photo import reader

import cv2

PAGES = 3  # More of a file only take longer.


def read(path):
    """What becomes of a file: "read", or the kind of the reader's message."""
    try:
        pages = list(itertools.islice(photo.read_pages(path), PAGES))
    except photo.PhotoError as error:
        message = str(error)
        assert message.startswith(f"{path}: ") and message.isprintable(), message
        reason = message.removeprefix(f"{path}: ").split(": ")[0]
        return re.sub(r"'.*?'", "...", re.sub(r"\d+", "N", reason))
    for found in pages:
        assert found.pixels.size and found.pixels.dtype in ("uint8", "uint16")
        assert found.alpha is None or found.alpha.shape == found.pixels.shape[:2]
    return "read"


def main():
    outcomes = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_APPEND)
    warnings.simplefilter("ignore")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    # Larger photos only take longer, and a checksum should not be what stops a mutated one.
    reader.MAX_PIXELS = 4_000_000
    PngImagePlugin.ChunkStream.crc = PngImagePlugin.ChunkStream.crc_skip

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "photo")

        def try_one(content):
            with open(path, "wb") as file:
                file.write(content)
            os.write(outcomes, f"{read(path)}\n".encode())

        atheris.Setup(sys.argv, try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
