"""Measures how close colorized photos come to their originals.

    found = evaluate.report("classifier", "photos")
    found["figures"]["result"]["psnr"]

Each photo's centre square is brought to the same size (averaged where that is smaller, bicubic
where it is larger), loses its colour (a and b of Lab become 0, as in Zhang et al. 2016) and is
colorized. Each figure stands beside the same one for the grey photo itself.
"""

import dataclasses
import pathlib

import cv2
import numpy as np
from tqdm import tqdm

from kerascolor import color, data, metrics, squares
from kerascolor.evaluation import colorizers
from kerascolor.figures import FIGURES

# What follows a figure's name where a photo's weight among other photos stands; no figure itself.
WEIGHT = "_weight"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Protocol:
    """How photos are measured.

    Args:
        split: "train", "val", "all" or another of the manifest's; by default "val" where the
            folder has a manifest.csv, else "all".
        image_size: Height and width to measure at.
        limit: At most so many photos, evenly spaced; None for all.
        temperature: A classifier's temperature, by default its own.
        classifier: Path of a classifier for `metrics.ImageClassifier`, or None.
    """

    split: str | None = None
    image_size: int = 256
    limit: int | None = None
    temperature: float | None = None
    classifier: str | None = None


def report(model, folder, protocol=None):
    """Measures a model on a folder of photos.

    Args:
        model: Preset, .tflite, .weights.h5 or .keras file, or a folder of results, whose photos
            carry the names of the originals.
        folder: Folder of photos in colour.
        protocol: `Protocol`; None for its defaults.

    Returns:
        The settings, and under "figures" and "photo_figures" those of "result" and "grey".

    Raises:
        ValueError, OSError: Something that the arguments name is missing or unusable.
    """
    protocol = protocol or Protocol()
    folder = pathlib.Path(folder)
    split = protocol.split or ("val" if (folder / "manifest.csv").exists() else "all")
    paths = data.spread(data.find_photos(folder, split), protocol.limit)
    classify = metrics.ImageClassifier(protocol.classifier) if protocol.classifier else None
    names = [path.relative_to(folder).as_posix() for path in paths]
    size = protocol.image_size
    colorize = colorizers.choose(model, names, size, protocol.temperature)
    originals = squares.read_all(folder, paths, size)
    figures = evaluate(originals, {"result": colorize}, classify)
    if not figures["result"]:
        raise ValueError(f"{folder}: none of its photos can be decoded")
    return {
        "model": str(model),
        "photos": str(folder),
        "split": split,
        "count": len(figures["result"]),
        "image_size": size,
        "temperature": protocol.temperature,
        "figures": {label: average(of_photo.values()) for label, of_photo in figures.items()},
        "photo_figures": figures,
    }


def evaluate(photos, ways, classifier=None):
    """Measures ways to colorize on photos.

    Args:
        photos: Iterable of (name, original), RGB (H, W, 3) uint8; or of (name, original, grey)
            where the grey levels are others than the original's, as those of infrared are.
        ways: Functions by name, from a photo's name and its grey levels (H, W) uint8 to RGB of
            the original's size. "grey", the grey photo itself, is always measured.
        classifier: `metrics.ImageClassifier`, or None to leave its figure out. Photos need no
            labels: its answer on the original counts as right.

    Returns:
        For each way's name the figures of each photo, a dict of dicts by the photo's name;
        `average` makes one figure of them.
    """
    ways = {**ways, "grey": lambda _, grey: cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)}
    figures = {label: {} for label in ways}
    lpips = metrics.LPIPS()
    for name, original, *given in tqdm(photos, unit="photo", disable=None):
        grey = given[0] if given else remove_color(original)
        results = [colorize(name, grey) for colorize in ways.values()]
        distances = lpips(np.stack(results), original[None])
        for label, result, distance in zip(ways, results, distances, strict=True):
            figures[label][name] = {**measure(result, original), "lpips": float(distance)}
        if classifier:
            right = classifier(original)
            for label, result in zip(ways, results, strict=True):
                figures[label][name]["top1"] = float(classifier(result) == right)
    return figures


def remove_color(rgb):
    """Grey levels (H, W) uint8 whose lightness is that of the photo (H, W, 3) uint8."""
    luminance, chroma = color.rgb_to_luminance_chroma(np.float32(rgb) / 255.0)
    grey = color.luminance_chroma_to_rgb(luminance, np.zeros_like(chroma))[..., 0]
    return np.rint(255.0 * grey).astype(np.uint8)


def measure(result, original):
    """The figures of one result, RGB (H, W, 3) uint8, by their names in `figures.FIGURES`.

    LPIPS and the top-1 agreement are left to `evaluate`, for they take networks.
    """
    pairs = {"rgb": (result, original), "lab": (metrics.lab(result), metrics.lab(original))}
    colorfulness = metrics.colorfulness(result)
    found = {
        "colorfulness": colorfulness,
        "colorfulness_gap": colorfulness - metrics.colorfulness(original),
    }
    for name, figure in FIGURES.items():
        if figure.compares:
            value = getattr(metrics, name)(*pairs[figure.compares])
            if figure.weighted:
                value, found[name + WEIGHT] = value
            found[name] = value
    return found


def average(photo_figures):
    """Figures of several photos to one of each: the mean, by the photos' weights where it has any.

    Args:
        photo_figures: Iterable of what `measure` returns, of photos of one size.
    """
    photo_figures = list(photo_figures)
    return {name: _mean(name, photo_figures) for name in FIGURES if name in photo_figures[0]}


def _mean(name, photo_figures):
    weights = [figures.get(name + WEIGHT, 1.0) for figures in photo_figures]
    if not any(weights):
        return 0.0
    return float(np.average([figures[name] for figures in photo_figures], weights=weights))
