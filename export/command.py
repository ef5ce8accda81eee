"""What the export programs have in common: the model that they are given, and their errors."""

import contextlib
import sys

from kerascolor import models, presets


def load(name):
    """The model of a preset's name or of a file, its licence and its training data.

    Raises:
        presets.PresetError, ValueError, FileNotFoundError: There is no such preset or file.
    """
    if name.endswith((".weights.h5", ".keras")):
        return models.load(name), None, None
    preset = presets.find(name)
    return models.load(presets.path(name, "weights")), preset.licence, preset.training_data


@contextlib.contextmanager
def errors(program):
    """Ends the program with one line where the user's input is at fault."""
    try:
        yield
    except (ValueError, OSError) as error:
        sys.exit(f"kerascolor.export.{program}: {error}")
