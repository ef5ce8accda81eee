"""The flags that several commands have."""

import argparse


def add_colors(group, can_sample=False):
    """Adds --model, --temperature and --saturation.

    Args:
        group: Of an argparse parser.
        can_sample: Whether the command has --samples, too. Then the model is None by default, for
            these decide which one it is.
    """
    group.add_argument(
        "--model",
        metavar="NAME|FILE.tflite",
        default=None if can_sample else "classifier",
        help="preset or exported model (default: classifier"
        + (", or vae with --samples)" if can_sample else ")"),
    )
    group.add_argument(
        "--temperature",
        type=float,
        help="with a classifier: towards 0 each spot takes its likeliest colour, towards 1 and "
        "above the mean of all likely ones (default: the model's own)"
        + ("; with --samples: factor of their differences (default: 1)" if can_sample else ""),
    )
    group.add_argument(
        "--saturation",
        type=_saturation,
        default=1.0,
        help="factor of the colours' strength; it adds no information (default: %(default)s)",
    )


def add_threads(group):
    """Adds --threads."""
    group.add_argument(
        "--threads", type=int, metavar="N", help="processor cores to use (default: all)"
    )


def _saturation(text):
    """The factor of a text."""
    try:
        return float(text)
    except ValueError as error:
        reason = f"{text} is no factor: give a number from 0 to 100, such as 0.7"
        raise argparse.ArgumentTypeError(reason) from error
