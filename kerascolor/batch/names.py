"""What results are called, so that no two photos become the same file."""

import collections
import os
import pathlib

from kerascolor import photo


def distinct(pairs):
    """Pairs of a photo's path and of its result's, which is relative to the output folder.

    A result is called as its photo is below the folder that it was found in. Where photos of
    different folders would become the same file, all of these folders' photos keep the folder's
    name, too, and if that does not do the names above it. A photo that was named twice is left out.

    A photo in a format that is only read gets the extension of another one, see
    `photo.output_suffix`; behind its own where its folder has a photo that is called like this.

    Args:
        pairs: (path, folder that it was found in) for each photo.
    """
    found = {}
    for path, folder in pairs:
        found.setdefault((identity(path) or path, path.relative_to(folder)), (path, folder))
    pairs = list(found.values())
    called = collections.Counter(_converted(path) for path, _ in pairs)
    pairs = [(path, folder, called[_converted(path)] > 1) for path, folder in pairs]
    kept = {folder: 0 for _, folder, _ in pairs}
    while True:
        names = [_name(path, folder, kept[folder], is_taken) for path, folder, is_taken in pairs]
        counts = collections.Counter(names)
        collide = {pair[1] for pair, name in zip(pairs, names, strict=True) if counts[name] > 1}
        longer = {folder for folder in collide if kept[folder] < len(_above(folder))}
        if not longer:
            return [(path, name) for (path, _, _), name in zip(pairs, names, strict=True)]
        for folder in longer:
            kept[folder] += 1


def _name(path, folder, kept, is_taken):
    """The name of a photo's result that keeps so many of the folders above it."""
    above = _above(folder)
    converted = _converted(path)
    if is_taken and converted != path:
        converted = path.with_name(path.name + converted.suffix)
    return pathlib.Path(*above[len(above) - kept :], converted.relative_to(folder))


def _converted(path):
    """The path with the extension that the photo's result has."""
    return path.with_suffix(photo.output_suffix(path))


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
