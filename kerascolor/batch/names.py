"""What results are called, so that no two photos become the same file."""

import collections
import os
import pathlib


def distinct(pairs):
    """Pairs of a photo's path and of its result's, which is relative to the output folder.

    A result is called as its photo is below the folder that it was found in. Where photos of
    different folders would become the same file, all of these folders' photos keep the folder's
    name, too, and if that does not do the names above it. A photo that was named twice is left out.

    Args:
        pairs: (path, folder that it was found in) for each photo.
    """
    found = {}
    for path, folder in pairs:
        found.setdefault((identity(path) or path, path.relative_to(folder)), (path, folder))
    pairs = list(found.values())
    kept = {folder: 0 for _, folder in pairs}
    while True:
        names = [_name(path, folder, kept[folder]) for path, folder in pairs]
        counts = collections.Counter(names)
        collide = {pair[1] for pair, name in zip(pairs, names, strict=True) if counts[name] > 1}
        longer = {folder for folder in collide if kept[folder] < len(_above(folder))}
        if not longer:
            return [(path, name) for (path, _), name in zip(pairs, names, strict=True)]
        for folder in longer:
            kept[folder] += 1


def _name(path, folder, kept):
    """The name of a photo's result that keeps so many of the folders above it."""
    above = _above(folder)
    return pathlib.Path(*above[len(above) - kept :], path.relative_to(folder))


def _above(folder):
    """The names of a folder and of those above it, from the root on."""
    return pathlib.Path(os.path.abspath(folder)).parts[1:]


def identity(path):
    """What tells a file from all others, or None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
