"""`kerascolor colorize`: photo files in colour."""

import dataclasses
import sys

from kerascolor import terminal
from kerascolor.commands import numbers

SUMMARY = "give photos their colours"
DESCRIPTION = "Gives photos their colours: JPEG, PNG, WebP, TIFF and BMP, of any size."


def add_arguments(parser):
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="photo, folder (searched recursively, except for hidden files), or pattern",
    )
    parser.add_argument(
        "--output",
        metavar="PATH",
        required=True,
        help="file for one photo, whose extension decides the format; else a folder, which is made "
        "if need be, and where a folder's tree is kept",
    )
    _add_settings(parser.add_argument_group("colours"))
    _add_batch_settings(parser.add_argument_group("the run"))


def _add_settings(group):
    group.add_argument(
        "--model",
        metavar="NAME|FILE.tflite",
        help="preset or exported model (default: classifier, or vae with --samples)",
    )
    group.add_argument(
        "--temperature",
        type=numbers.positive,
        help="with a classifier: towards 0 each spot takes its likeliest colour, towards 1 and "
        "above the mean of all likely ones (default: the model's own); with --samples: factor of "
        "their differences (default: 1)",
    )
    group.add_argument(
        "--saturation",
        type=numbers.not_negative,
        default=1.0,
        help="factor of the colours' strength; it adds no information (default: %(default)s)",
    )
    group.add_argument(
        "--samples",
        type=numbers.count,
        metavar="N",
        help="colorize each photo in N different ways, as NAME-1 to NAME-N, by a VAE",
    )
    group.add_argument(
        "--seed",
        type=numbers.seed,
        help="decides the --samples: the same one gives the same colours (default: 0)",
    )


def _add_batch_settings(group):
    group.add_argument(
        "--threads", type=numbers.count, metavar="N", help="processor cores to use (default: all)"
    )
    group.add_argument(
        "--workers",
        type=numbers.count,
        metavar="N",
        help="photos to work on at a time, each in a process of its own that takes memory for it "
        "(default: one for each core)",
    )
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="colorize photos whose output exists too; without it they are skipped, whatever "
        "settings they were made with",
    )
    group.add_argument(
        "--report",
        metavar="FILE.jsonl",
        help="add a line of JSON for each photo: input, output, status, seconds, size (width and "
        "height), and the reason why it failed, was skipped, or lost pages",
    )


def run(arguments):
    """Colorizes photos; returns the exit status."""
    # Here, for the help needs neither OpenCV nor LiteRT.
    from kerascolor import batch

    try:
        if arguments.seed is not None and not arguments.samples:
            raise batch.BatchError("decides samples: give --samples, too", "seed")
        arguments.seed = arguments.seed or 0
        arguments.model = arguments.model or ("vae" if arguments.samples else "classifier")
        with terminal.native_messages_off():
            summary = batch.colorize(
                arguments.inputs,
                arguments.output,
                _fill(batch.Settings, arguments),
                _fill(batch.BatchSettings, arguments),
            )
    except batch.BatchError as error:
        flag = f"--{error.argument.replace('_', '-')}: " if error.argument else ""
        terminal.say(f"kerascolor: {flag}{error.reason}", sys.stderr)
        return 2
    terminal.say(_tell(summary))
    return summary.status


def _fill(settings, arguments):
    """A settings class with the flags of its fields' names."""
    given = vars(arguments)
    return settings(**{field.name: given[field.name] for field in dataclasses.fields(settings)})


def _tell(summary):
    """The last line."""
    from kerascolor.photo import printable

    counts = ", ".join(f"{count} {outcome}" for outcome, count in summary.counts.items())
    if summary.left is not None:
        return f"interrupted: {counts}, {summary.left} left; start again to go on"
    if summary.output is not None:
        return f"{counts}: see {printable(summary.output)}"
    if summary.counts["skipped"]:
        return f"{counts}: what is skipped exists already; --overwrite colorizes it again"
    return counts
