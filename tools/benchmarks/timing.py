"""What the benchmarks have in common: timed runs of models, photos of any size, the machine."""

import contextlib
import os
import platform
import time
from importlib import metadata

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

WARM_UP = 5
# Grain of the enlarged photos, in grey levels: without it a JPEG of them would be half as large as
# a camera's, and quicker to decode.
GRAIN = 4.0
JPEG_QUALITY = 92
# Python code that runs the command `kerascolor` with the arguments behind it.
COMMAND = "import sys; from kerascolor.commands.main import main; sys.exit(main())"


def latencies(paths, threads, runs):
    """Milliseconds of each of the `runs` of each file; the files take turns."""
    runners = [runner(path, threads) for path in paths]
    times = [[] for _ in paths]
    for run in range(-WARM_UP, runs):
        for (function, inputs), own in zip(runners, times, strict=True):
            # The file before has emptied the caches, as it would not on a device.
            function(**inputs)
            begin = time.perf_counter()
            function(**inputs)
            if run >= 0:
                own.append(1e3 * (time.perf_counter() - begin))
    return times


def runner(path, threads):
    """The file's signature as a function, and random inputs for it."""
    runner = Interpreter(str(path), num_threads=threads).get_signature_runner()
    generator = np.random.default_rng(0)
    inputs = {
        name: generator.uniform(0.5, 1.0, detail["shape"]).astype(detail["dtype"])
        for name, detail in runner.get_input_details().items()
    }
    return runner, inputs


def enlarged(source, megapixels, folder):
    """A JPEG file of so many megapixels, in the shape of `source`."""
    with Image.open(source) as image:
        scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
        size = round(image.width * scale), round(image.height * scale)
        pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC))
    grain = np.zeros(pixels.shape[:2], np.float32)
    cv2.setRNGSeed(0)
    cv2.randn(grain, 0.0, GRAIN)
    pixels = cv2.add(pixels, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
    path = folder / f"{megapixels}.jpg"
    Image.fromarray(pixels).save(path, quality=JPEG_QUALITY)
    return path


def machine():
    """What the figures were measured on."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "ai-edge-litert": metadata.version("ai-edge-litert"),
    }


def _processor():
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()
