"""Files that appear whole or not at all, whatever happens while they are written."""

import contextlib
import os
import pathlib
import re

try:
    import fcntl
except ImportError:  # On Windows an open file can't be removed, so that no lock is needed.
    fcntl = None

# Names of unfinished files. They have no extension, so that no photo is called like this.
PREFIX = ".kerascolor-"
UNFINISHED = re.compile(re.escape(PREFIX) + "[0-9a-f]{16}")
# An open folder stays the same one even if a link takes its name. Windows has no such thing.
HAS_FOLDERS = os.open in os.supports_dir_fd


@contextlib.contextmanager
def replacing(path, folder=None):
    """A binary file to write and read, which takes the place of `path` at the end of the block.

    Until then, `path` stays as it was; after an exception it stays so for good.

    Args:
        path: The file.
        folder: The `identity` that its folder must still have, or None for any.

    Raises:
        OSError: It can't be written, or its folder is another one by now.
    """
    path = pathlib.Path(path)
    with _opened(path.parent) as place:
        if folder not in (None, _identity(os.stat(path.parent if place is None else place))):
            raise OSError(None, "another folder has taken the place of its own")
        target = path if place is None else path.name
        file, unfinished = _create(path.parent, place)
        try:
            with file:
                yield file
                file.flush()
                if fcntl:
                    # While the lock holds, or `remove_stale` could come first.
                    os.replace(unfinished, target, src_dir_fd=place, dst_dir_fd=place)
            if not fcntl:
                os.replace(unfinished, target)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(unfinished, dir_fd=place)


def identity(path):
    """What distinguishes a file or folder from every other one, whatever its name becomes.

    Raises:
        OSError: There is none.
    """
    return _identity(os.stat(path))


def _identity(status):
    return status.st_dev, status.st_ino


@contextlib.contextmanager
def _opened(folder):
    """The descriptor of a folder, or None where there are none."""
    if not HAS_FOLDERS:
        yield None
        return
    # A folder in which files may be made, but not listed, can be opened only by its path.
    place = os.open(folder, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY)
    try:
        yield place
    finally:
        os.close(place)


def _create(folder, place):
    """A new file, locked where there are locks, and its name in the folder."""
    while True:
        name = f"{PREFIX}{os.urandom(8).hex()}"
        unfinished = folder / name if place is None else name
        file = open(  # noqa: SIM115
            unfinished, "x+b", opener=lambda path, flags: os.open(path, flags, 0o666, dir_fd=place)
        )
        try:
            # The lock lasts as long as this process, and shows `remove_stale` that it lives. Some
            # network disks have no locks: there no file is taken for stale.
            _lock(file)
        except BlockingIOError:
            file.close()
            continue
        except OSError:
            return file, unfinished
        # Another process may have come before the lock, and removed the file.
        with contextlib.suppress(FileNotFoundError):
            os.stat(unfinished, dir_fd=place)
            return file, unfinished
        file.close()


def remove_stale(folders):
    """Removes files that killed processes left unfinished in these folders, but no one else's."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for name in filter(UNFINISHED.fullmatch, os.listdir(folder)):
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
