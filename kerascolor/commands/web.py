"""`kerascolor web`: the page that colorizes photos in a browser, on this machine."""

import webbrowser

from kerascolor import terminal

SUMMARY = "colorize photos in a browser page, on this machine"
DESCRIPTION = (
    "Serves a page on this machine, and opens it in a browser, in which photos get their colours. "
    "They stay on the machine: the browser itself runs the models."
)

HIGHEST_PORT = 65535


def add_arguments(parser):
    parser.add_argument(
        "--port", type=int, default=8000, help="0 for any that is free (default: %(default)s)"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="serve nothing, but write the page's files there, for a host of static files",
    )


def run(arguments):
    """Serves the page until it is interrupted, or writes it; returns the exit status."""
    if arguments.output:
        return _write(arguments.output)
    if not 0 <= arguments.port <= HIGHEST_PORT:
        terminal.complain(f"kerascolor: --port is {arguments.port}: give 0 to {HIGHEST_PORT}")
        return 2
    # Here, for the help needs no LiteRT.
    from kerascolor.web import server

    try:
        running = server.Server(arguments.port)
    except OSError as error:
        terminal.complain(
            f"kerascolor: --port {arguments.port} can't be had: {error.strerror}; give another one"
        )
        return 2
    with running:
        terminal.say(f"{running.url} has the page, for this machine alone; Ctrl-C ends it")
        if not arguments.no_open:
            webbrowser.open(running.url)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            return 0


def _write(folder):
    from kerascolor.web import site

    try:
        count = site.write(folder)
    except OSError as error:
        terminal.complain(f"kerascolor: --output {folder} can't be written: {error.strerror}")
        return 2
    terminal.say(f"{count} files: see {folder}")
    return 0
