"""The command `kerascolor`.

Exit status: 0, all is done; 1, some photos are not, and a line for each says why; 2, nothing was
begun, for a line's reason; 130, interrupted by Ctrl-C.
"""

import argparse
import contextlib
import math
import os
import sys
import warnings

import kerascolor
from kerascolor import presets, terminal

EXAMPLES = """examples:
  kerascolor colorize grandmother.jpg --output grandmother-in-colour.jpg
  kerascolor colorize scans/ --output colour/
  kerascolor colorize scans/*.tif more/ --output colour/ --saturation 1.2
  kerascolor colorize grandmother.jpg --output choices/ --samples 5
  kerascolor models
"""


# What `models` tells of a preset, and of the grey photo.
FIGURES = {
    "psnr": "PSNR {:.2f} dB ({:.2f})",
    "lpips": "LPIPS {:.3f} ({:.3f})",
    "auc": "AuC {:.2f} % ({:.2f})",
    "colorfulness": "colourfulness {:.1f} ({:.1f})",
}


def main(arguments=None):
    """Runs the command.

    Args:
        arguments: Those of the command line, without the command's own name.

    Returns:
        The exit status.
    """
    for stream in (sys.stdout, sys.stderr):
        # A file's name may have characters that the terminal does not know. Without a stream,
        # nothing is printed.
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")
    parser = build_parser()
    arguments = parser.parse_args(arguments)
    if arguments.run is None:
        parser.print_help()
        return 0
    # Pillow warns of oddities in files that it can read.
    warnings.simplefilter("ignore")
    try:
        return arguments.run(arguments)
    except presets.PresetError as error:
        terminal.say(f"kerascolor: {error}", sys.stderr)
        return 2
    except KeyboardInterrupt:
        terminal.say("interrupted", sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """A parser that tells a mistake in one line."""

    def _print_message(self, message, file=None):
        terminal.say(message, file, end="")

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def build_parser():
    parser = _Parser(
        prog="kerascolor",
        description="Gives grey photos their colours.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    parser.set_defaults(run=None)

    command = commands.add_parser(
        "colorize",
        help="give photos their colours",
        description="Gives photos their colours: JPEG, PNG, WebP, TIFF and BMP, of any size.",
    )
    command.set_defaults(run=colorize)
    command.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="photo, folder (searched recursively, except for hidden files), or pattern",
    )
    command.add_argument(
        "--output",
        metavar="PATH",
        required=True,
        help="file for one photo, whose extension decides the format; else a folder, which is made "
        "if need be, and where a folder's tree is kept",
    )
    command.add_argument(
        "--model",
        metavar="NAME|FILE.tflite",
        help="preset or exported model (default: classifier, or vae with --samples)",
    )
    command.add_argument(
        "--temperature",
        type=_positive,
        help="of a classifier: towards 0 each spot takes its likeliest colour, towards 1 and above "
        "the mean of all likely ones (default: the model's own); of --samples factor of their "
        "differences (default: 1)",
    )
    command.add_argument(
        "--saturation",
        type=_not_negative,
        default=1.0,
        help="factor of the colours' strength; it adds no information (default: %(default)s)",
    )
    command.add_argument(
        "--threads", type=_count, metavar="N", help="processor cores to use (default: all)"
    )
    command.add_argument(
        "--workers",
        type=_count,
        metavar="N",
        help="photos to work on at a time, each in a process of its own that takes memory for it "
        "(default: one for each core)",
    )
    command.add_argument(
        "--samples",
        type=_count,
        metavar="N",
        help="colorize each photo in N different ways, as NAME-1 to NAME-N, by a VAE",
    )
    command.add_argument(
        "--seed",
        type=_seed,
        help="of --samples: the same one gives the same colours (default: 0)",
    )
    command.add_argument(
        "--overwrite",
        action="store_true",
        help="colorize photos whose output exists too; without it they are skipped, whatever "
        "settings they were made with",
    )
    command.add_argument(
        "--report",
        metavar="FILE.jsonl",
        help="add a line of JSON for each photo: input, output, status, seconds, size (width and "
        "height), and the reason why it failed, was skipped, or lost pages",
    )

    command = commands.add_parser(
        "models",
        help="list the pretrained models",
        description="Lists the pretrained models, with their size, figures and licence.",
    )
    command.set_defaults(run=models)
    command.add_argument("--file", metavar="X.tflite", help="describe this exported model instead")
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for, which takes 10 ms."""

    def __init__(self, **settings):
        super().__init__(**{**settings, "nargs": 0, "default": argparse.SUPPRESS})

    def __call__(self, parser, *_):
        terminal.say(kerascolor.__version__)
        parser.exit()


def _number(kind, wanted, accepted):
    """A type for argparse: a finite `kind` that is `accepted`, or an error that says `wanted`."""

    def parse(text):
        with contextlib.suppress(ValueError):
            value = kind(text)
            if math.isfinite(value) and accepted(value):
                return value
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}")

    return parse


_positive = _number(float, "a positive number", lambda value: value > 0)
_not_negative = _number(float, "a number of 0 or more", lambda value: value >= 0)
_count = _number(int, "a whole number of 1 or more", lambda value: value >= 1)
_seed = _number(int, "a whole number of 0 or more", lambda value: value >= 0)


def models(arguments):
    """Prints what the presets are, or what a file is."""
    if arguments.file:
        _print_description(presets.describe(arguments.file))
        return 0
    found = presets.read()
    if not found:
        terminal.say("There are no presets in this installation.")
        return 0
    for preset in found.values():
        size = preset.files["tflite"].size / 1e6
        terminal.say(f"{preset.name}: {preset.summary}")
        terminal.say(f"  {preset.model}, {size:.1f} MB, {preset.licence}")
        figures = (
            form.format(preset.metrics[name], preset.grey[name])
            for name, form in FIGURES.items()
            if name in preset.metrics
        )
        terminal.say("  " + ", ".join(figures))
        terminal.say(f"  trained on {preset.training_data}")
    terminal.say("In brackets is the figure of the grey photo itself; LPIPS is better when lower.")
    return 0


def _print_description(description, prefix=""):
    for name, value in description.items():
        if isinstance(value, dict):
            _print_description(value, f"{prefix}{name}.")
        elif value is not None:
            terminal.say(f"{prefix}{name}: {value}")


@contextlib.contextmanager
def _native_messages_off():
    """Leaves standard error to Python: libtiff, too, complains there of files that are damaged."""
    python_error, error = sys.stderr, os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    if _number_of(python_error) == 2:
        sys.stderr = os.fdopen(error, "w", 1, errors="backslashreplace", closefd=False)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(error, 2)
        sys.stderr = python_error
        os.close(error)
        os.close(null)


def _number_of(stream):
    """The file descriptor of a stream, or None where it has none."""
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None


def colorize(arguments):
    """Colorizes photos; returns the exit status."""
    # Here, for help and `models` need neither OpenCV nor LiteRT.
    from kerascolor.batch import jobs, run

    settings = vars(arguments)
    del settings["run"]
    if arguments.seed is not None and not arguments.samples:
        terminal.say("kerascolor: --seed is of --samples: give --samples, too", sys.stderr)
        return 2
    settings["seed"] = arguments.seed or 0
    settings["model"] = arguments.model or ("vae" if arguments.samples else "classifier")
    try:
        with _native_messages_off():
            return run.colorize(**settings)
    except jobs.BatchError as error:
        terminal.say(f"kerascolor: {error}", sys.stderr)
        return 2
