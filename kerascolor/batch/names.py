"""What results are called, so that no two photos become the same file."""

import collections
import os
import pathlib

from kerascolor import atomic, photo


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
    written = _written(pairs)
    kept = {folder: 0 for _, folder in pairs}
    while True:
        names = [
            pathlib.Path(*_above(folder, kept[folder]), name)
            for (_, folder), name in zip(pairs, written, strict=True)
        ]
        counts = collections.Counter(names)
        collide = {pair[1] for pair, name in zip(pairs, names, strict=True) if counts[name] > 1}
        longer = {folder for folder in collide if kept[folder] < len(_above(folder))}
        if len(longer) < 2:
            return [(path, name) for (path, _), name in zip(pairs, names, strict=True)]
        for folder in longer:
            kept[folder] += 1


def _written(pairs):
    """The results' paths below the photos' folders, which end in what they are written as.

    Where a.heic would become what a.jpg is, it becomes a.heic.jpg.
    """
    written = [
        (folder, path.relative_to(folder).with_suffix(photo.output_suffix(path)))
        for path, folder in pairs
    ]
    counts = collections.Counter(written)
    return [
        name
        if counts[folder, name] == 1 or name.suffix == path.suffix
        else name.with_name(path.name + name.suffix)
        for (path, _), (folder, name) in zip(pairs, written, strict=True)
    ]


def _above(folder, count=None):
    """The names of a folder and of those above it, or the last `count` of these."""
    names = pathlib.Path(os.path.abspath(folder)).parts[1:]
    return names if count is None else names[len(names) - count :]


def identity(path):
    """What distinguishes a file from all others, or None where there is none."""
    try:
        return atomic.identity(path)
    except OSError:
        return None
