"""Models as files for phones, browsers and servers.

    kerascolor.export.tflite(model, "mine.tflite", "int8", calibration="photos")
    kerascolor.export.saved_model(model, "mine")

Each format has a module here, under another name than its function's: an imported submodule would
take the function's place. The same from the command line is
`python -m kerascolor.export --model mine.keras --format tflite --output mine.tflite`.
"""

import os

from kerascolor import optional

optional.check(__name__, "train", "absl", "ai_edge_quantizer", "skimage", "tensorflow")

# TensorFlow's notices would stand among the lines of the program.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from kerascolor.export.graph import ExportError
from kerascolor.export.litert import Options, tflite
from kerascolor.export.tf_saved_model import saved_model

__all__ = ["ExportError", "Options", "saved_model", "tflite"]
