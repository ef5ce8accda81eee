"""Models as files for phones, browsers and servers.

    kerascolor.export.tflite(model, "mine.tflite", "int8", calibration="photos")
    kerascolor.export.saved_model(model, "mine")

The programs of the same names (`python -m kerascolor.export.tflite`) lie beside this file and are
only run, never imported: importing one would put the module where the function is.
"""

import importlib

from kerascolor import optional

# All that the benchmarks need.
optional.check(__name__, "train", "absl")

_FUNCTIONS = {"tflite": "conversion", "saved_model": "serving"}


def __getattr__(name):
    if name not in _FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_FUNCTIONS[name]}")
    return getattr(module, name)


def __dir__():
    return sorted([*globals(), *_FUNCTIONS])
