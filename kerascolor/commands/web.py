"""`kerascolor web`: the page that colorizes photos in a browser, on this machine."""

import argparse
import sys
import webbrowser

from kerascolor import terminal
from kerascolor.commands import numbers

SUMMARY = "colorize photos in a browser page, on this machine"
DESCRIPTION = (
    "Serves a page on this machine, and opens it in a browser, in which photos get their colours. "
    "They stay on the machine: the browser itself runs the models."
)


def add_arguments(parser):
    parser.add_argument(
        "--port", type=_port, default=8000, help="0 for any that is free (default: %(default)s)"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        help="serve nothing, but write the page's files there, for a host of static files",
    )


def _port(text):
    port = numbers.seed(text)
    if port > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port, 0 to 65535")
    return port


def run(arguments):
    """Serves the page until it is interrupted, or writes it; returns the exit status."""
    # Here, for the help needs no LiteRT.
    from kerascolor.web import server, site

    try:
        if arguments.output:
            count = site.write(arguments.output)
            terminal.say(f"{count} files: see {arguments.output}")
            return 0
        found = server.Server(arguments.port)
    except OSError as error:
        flag = "output" if arguments.output else "port"
        value = getattr(arguments, flag)
        terminal.say(f"kerascolor: --{flag}: {value}: {error.strerror}", sys.stderr)
        return 2
    with found:
        terminal.say(f"{found.url} serves the page, on this machine alone; Ctrl-C ends it")
        if not arguments.no_open:
            webbrowser.open(found.url)
        try:
            found.serve_forever()
        except KeyboardInterrupt:
            return 0
