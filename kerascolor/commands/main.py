"""The command `kerascolor`.

Exit status: 0, all is done; 1, some photos are not, and a line for each says why; 2, nothing was
begun, for a line's reason; 130, interrupted by Ctrl-C or SIGTERM.
"""

import argparse
import contextlib
import importlib
import os
import shlex
import signal
import sys
import threading
import warnings

import kerascolor
from kerascolor import presets, terminal

# Modules of this package, one for each sub-command, in the order of the help. Each has a SUMMARY, a
# DESCRIPTION, `add_arguments(parser)` and `run(arguments)`, which returns the exit status.
COMMANDS = ("colorize", "video", "web", "models")

EXAMPLES = """examples:
  kerascolor colorize grandmother.jpg --output grandmother-in-colour.jpg
  kerascolor colorize scans/ --output colour/
  kerascolor colorize scans/*.tif more/ --output colour/ --saturation 1.2
  kerascolor colorize grandmother.jpg --output choices/ --samples 5
  kerascolor video film.mp4 --output film-in-colour.mp4
  kerascolor models
  kerascolor web
"""


def main(arguments=None):
    """Runs the command.

    Args:
        arguments: The command line's arguments, without the command's own name.

    Returns:
        The exit status.
    """
    terminal.open_missing()
    for stream in (sys.stdout, sys.stderr):
        # A file's name may have characters that the terminal does not know. Without a stream,
        # nothing is printed.
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")
    parser = build_parser()
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] not in COMMANDS and os.path.exists(arguments[0]):
        example = f"kerascolor colorize {shlex.join(arguments[:1])} --output colour/"
        parser.error(f"{arguments[0]} is a file or folder, no command: try {example}")
    arguments = parser.parse_args(arguments)
    if arguments.run is None:
        parser.print_help()
        return 0
    # Pillow warns of oddities in files that it can read.
    warnings.simplefilter("ignore")
    try:
        with _terminated_as_interrupted():
            return arguments.run(arguments)
    except presets.PresetError as error:
        terminal.complain(f"kerascolor: {error}")
    except MemoryError:
        reason = "there is not enough memory to begin with, or ulimit -v allows too little"
        terminal.complain(f"kerascolor: {reason}")
    except (ImportError, OSError) as error:
        # Libraries that can't be loaded, a folder that is gone, files that can't be opened.
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        terminal.complain(f"kerascolor: can't go on: {reason}")
    except KeyboardInterrupt:
        terminal.complain("interrupted")
        return 130
    return 2


@contextlib.contextmanager
def _terminated_as_interrupted():
    """Has SIGTERM end the command as Ctrl-C does, with nothing unfinished left."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may do this.
        return

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Parser(argparse.ArgumentParser):
    """A parser that reports a mistake in one line."""

    def _print_message(self, message, file=None):
        terminal.write(message, file or sys.stderr)

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
    for name in COMMANDS:
        module = importlib.import_module(f"kerascolor.commands.{name}")
        command = commands.add_parser(name, help=module.SUMMARY, description=module.DESCRIPTION)
        command.set_defaults(run=module.run)
        module.add_arguments(command)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for, which takes 10 ms."""

    def __init__(self, **settings):
        super().__init__(**{**settings, "nargs": 0, "default": argparse.SUPPRESS})

    def __call__(self, parser, *_):
        terminal.say(kerascolor.__version__)
        parser.exit()
