"""Files that appear whole or not at all, whatever happens while they are written."""

import contextlib
import glob
import os
import pathlib

try:
    import fcntl
except ImportError:  # On Windows an open file can't be removed, so that no lock is needed.
    fcntl = None

PREFIX = ".kerascolor-"


@contextlib.contextmanager
def replacing(path):
    """A binary file to write and read, which takes the place of `path` at the end of the block.

    Until then, `path` stays as it was; after an exception it stays so for good.

    Raises:
        OSError: It can't be written.
    """
    path = pathlib.Path(path)
    aside = path.with_name(f"{PREFIX}{os.urandom(8).hex()}")
    try:
        with open(aside, "x+b") as file:
            # The lock lasts as long as this process, and tells `remove_stale` that it lives. Some
            # network disks have no locks: there no file is taken for stale.
            with contextlib.suppress(OSError):
                _lock(file)
            yield file
        os.replace(aside, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(aside)


def remove_stale(folders):
    """Removes files that killed processes left unfinished in these folders, but no one else's."""
    for folder in folders:
        # Unlike pathlib's, this finds nothing in a folder that can't be read or named.
        for name in glob.glob(f"{PREFIX}*", root_dir=folder):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError), _locked(path):
                os.unlink(path)


@contextlib.contextmanager
def _locked(path):
    """Raises OSError where another process has locked the file."""
    if fcntl is None:
        yield
        return
    with open(path, "rb") as file:
        _lock(file)
        yield


def _lock(file):
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
