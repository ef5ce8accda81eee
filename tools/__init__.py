"""Programs for those who work on kerascolor; run from the repository as `python -m tools.NAME`."""

import os

# TensorFlow's notices would stand among the lines of the programs.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
