"""Lines for people, which may have gone: the photos matter more."""

import contextlib
import os
import sys


def say(line, stream=None, end="\n"):
    """Prints a line at once, by default on standard output, unless nobody reads it any more."""
    stream = stream or sys.stdout
    line = safe(line)
    try:
        print(line, file=stream, end=end, flush=True)
    except OSError:
        silence(stream)


def safe(text):
    """The text, whatever a file has put into it, without what a terminal takes for commands.

    Line ends stay.
    """
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def silence(stream):
    """Has a stream that can't be written go nowhere, so that Python's end finds nothing wrong."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


@contextlib.contextmanager
def native_messages_off():
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
