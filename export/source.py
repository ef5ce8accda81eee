"""What the programs export: the model of a preset or of a file."""

from kerascolor import models, presets
from kerascolor.export.litert import Options


def load(name, photos=None):
    """The model of a preset's name or of a file, and the `Options` that go with it.

    Args:
        name: Preset, or path of a .weights.h5 or .keras file.
        photos: Folder of photos to prove a file on, or None.

    Raises:
        ValueError, FileNotFoundError: There is no such preset or file.
    """
    if name.endswith((".weights.h5", ".keras")):
        return models.load(name), Options(photos)
    preset = presets.find(name)
    return models.load(name), Options(photos, preset.licence, preset.training_data)
