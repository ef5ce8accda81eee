"""Lines for people, which may have gone: the photos matter more."""

import contextlib
import os
import sys


def say(line):
    """Prints a line on standard output at once, unless nobody reads it any more."""
    write(f"{line}\n", sys.stdout)


def complain(line):
    """Prints a line on standard error at once, unless nobody reads it any more."""
    write(f"{line}\n", sys.stderr)


def write(text, stream):
    """Writes a text at once, unless the stream is closed or nobody reads it any more."""
    if stream is None:
        return
    try:
        print(safe(text), file=stream, end="", flush=True)
    except OSError:
        silence(stream)


def open_missing():
    """Opens standard streams that are closed, so that nothing is read from them or written there.

    Otherwise the first files that are opened would take their numbers, and whatever a native
    library complains of would be written into a photo.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


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
    except (AttributeError, OSError, ValueError):
        return None
