"""Lines for people, which may have gone: the photos matter more."""

import os
import sys


def say(line, stream=None, end="\n"):
    """Prints a line at once, by default on standard output, unless nobody reads it any more."""
    stream = stream or sys.stdout
    try:
        print(line, file=stream, end=end, flush=True)
    except OSError:
        silence(stream)


def silence(stream):
    """Has a stream that can't be written go nowhere, so that Python's end finds nothing wrong."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
