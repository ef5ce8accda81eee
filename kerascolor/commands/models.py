"""`kerascolor models`: the pretrained models, or what a file is."""

import hashlib
import os

from kerascolor import figures, presets, terminal

SUMMARY = "list the pretrained models"
DESCRIPTION = "Lists the pretrained models, with their size, figures and licence."

# The figures that it shows of a preset, and of the grey photo.
SHOWN = ("psnr", "lpips", "auc", "colorfulness")


def add_arguments(parser):
    parser.add_argument("--file", metavar="X.tflite", help="describe this exported model instead")


def run(arguments):
    """Prints what the presets are, or what a file is; returns the exit status."""
    if arguments.file:
        description = presets.describe(arguments.file)
        with open(arguments.file, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        # What the file says are the model's, its first part; a file can't hold its own digest.
        model = {name: description.pop(name) for name in ("bytes", "sha256")}
        size = os.path.getsize(arguments.file)
        _print_description({**description, "flatbuffer": model, "bytes": size, "sha256": digest})
        return 0
    found = presets.read()
    if not found:
        terminal.say("There are no presets in this installation.")
        return 0
    for preset in found.values():
        _print_preset(preset)
    terminal.say("In brackets is the figure of the grey photo itself; LPIPS is better when lower.")
    return 0


def _print_preset(preset):
    size = preset.files["tflite"].size / 1e6
    terminal.say(f"{preset.name}: {preset.summary}")
    terminal.say(f"  {preset.model}, {size:.1f} MB, {preset.licence}")
    metrics, grey = (next(iter(found.values())) for found in (preset.metrics, preset.grey))
    shown = [_figure(name, metrics[name], grey[name]) for name in SHOWN if name in metrics]
    terminal.say("  " + ", ".join(shown))
    terminal.say(f"  trained on {preset.training_data}")


def _figure(name, value, grey):
    figure = figures.FIGURES[name]
    unit = f" {figure.unit}" if figure.unit else ""
    return f"{figure.label} {figure.text(value)}{unit} ({figure.text(grey)})"


def _print_description(description, prefix=""):
    for name, value in description.items():
        if isinstance(value, dict):
            _print_description(value, f"{prefix}{name}.")
        elif value is not None:
            terminal.say(f"{prefix}{name}: {value}")
