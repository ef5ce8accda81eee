"""Measures how close colorized photos come to their originals.

    python -m kerascolor.evaluation.evaluate --model classifier --photos DIR

Each photo's centre square is brought to --image_size (averaged where that is smaller, bicubic
where it is larger), loses its colour (a and b of Lab become 0, as in Zhang et al. 2016) and is
colorized. A folder of results is measured instead where --model names one: its photos carry the
names of the originals. Each figure stands beside the same one for the grey photo itself.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from absl import app, flags
from tqdm import tqdm

from kerascolor import color, data, load, metrics, models
from kerascolor.evaluation import categories, pages

FLAGS = flags.FLAGS

# What the table calls each figure, and its decimals.
FIGURES = {
    "psnr": ("PSNR (dB)", 2),
    "ssim": ("SSIM", 3),
    "lpips": ("LPIPS", 3),
    "ciede2000": ("CIEDE2000", 2),
    "colorfulness": ("colourfulness", 1),
    "colorfulness_gap": ("  less the original's", 1),
    "auc": ("AuC (%)", 2),
    "rebalanced_auc": ("rebalanced AuC (%)", 2),
    "top1": ("top-1 agreement", 3),
}
# Weight of a photo's rebalanced AuC among those of other photos; no figure by itself.
WEIGHT = "rebalanced_weight"


def evaluate(photos, colorizers, lpips=None, classifier=None):
    """Measures colorizers on photos.

    Args:
        photos: Iterable of (name, original), RGB (H, W, 3) uint8.
        colorizers: Functions by name, from a photo's name and its grey levels (H, W) uint8 to RGB
            of the original's size. "grey", the grey photo itself, is always measured.
        lpips: `metrics.LPIPS`, or None to leave that figure out.
        classifier: `metrics.ImageClassifier`, or None likewise. Photos need no labels: its answer
            on the original counts as right.

    Returns:
        For each colorizer's name the figures of each photo, a dict of dicts by the photo's name;
        `average` makes one figure of them.
    """
    colorizers = {**colorizers, "grey": lambda _, grey: cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)}
    figures = {label: {} for label in colorizers}
    for name, original in tqdm(photos, unit="photo", disable=None):
        grey = remove_color(original)
        results = [colorize(name, grey) for colorize in colorizers.values()]
        distances = lpips(np.stack(results), original[None]) if lpips else [None] * len(results)
        for label, result, distance in zip(colorizers, results, distances, strict=True):
            figures[label][name] = measure(result, original)
            if lpips:
                figures[label][name]["lpips"] = float(distance)
        if classifier:
            right = classifier(original)
            for label, result in zip(colorizers, results, strict=True):
                figures[label][name]["top1"] = float(classifier(result) == right)
    return figures


def remove_color(rgb):
    """Grey levels (H, W) uint8 whose lightness is that of the photo (H, W, 3) uint8."""
    luminance, chroma = color.rgb_to_luminance_chroma(np.float32(rgb) / 255.0)
    grey = color.luminance_chroma_to_rgb(luminance, np.zeros_like(chroma))[..., 0]
    return np.rint(255.0 * grey).astype(np.uint8)


def measure(result, original):
    """The figures of one result, RGB (H, W, 3) uint8, by their names in FIGURES.

    LPIPS and the top-1 agreement are left to `evaluate`, for they take networks.
    """
    result_lab, original_lab = metrics.lab(result), metrics.lab(original)
    colorfulness = metrics.colorfulness(result)
    rebalanced_auc, weight = metrics.rebalanced_auc(result_lab, original_lab)
    return {
        "psnr": metrics.psnr(result, original),
        "ssim": metrics.ssim(result, original),
        "ciede2000": metrics.ciede2000(result_lab, original_lab),
        "colorfulness": colorfulness,
        "colorfulness_gap": colorfulness - metrics.colorfulness(original),
        "auc": metrics.auc(result_lab, original_lab),
        "rebalanced_auc": rebalanced_auc,
        WEIGHT: weight,
    }


def average(photo_figures):
    """Figures of several photos to one of each: the mean, AuC over all pixels alike.

    Args:
        photo_figures: Iterable of what `measure` returns, of photos of one size.
    """
    photo_figures = list(photo_figures)
    weights = [figures[WEIGHT] for figures in photo_figures]
    return {
        name: float(
            np.average(
                [figures[name] for figures in photo_figures],
                weights=weights if name == "rebalanced_auc" else None,
            )
        )
        for name in FIGURES
        if name in photo_figures[0]
    }


def read_square(path, image_size):
    """The centre square of a photo file, RGB (image_size, image_size, 3), or None if damaged."""
    pixels = data.read(path)
    if pixels is None:
        return None
    return data.resize(data.centre_square(pixels), image_size)


def read_photos(folder, paths, image_size):
    """Yields (name, centre square) of the photos; a damaged one is named and left out."""
    for path in paths:
        pixels = read_square(path, image_size)
        if pixels is None:
            print(f"{path} can't be decoded and is left out", file=sys.stderr)
        else:
            yield path.relative_to(folder).as_posix(), pixels


def result_colorizer(folder, names, image_size):
    """A colorizer that reads the results in `folder`.

    Args:
        names: The originals' names. A result has the same one, perhaps with another extension.

    Raises:
        ValueError: A photo has no result.
    """
    found = {path.relative_to(folder).as_posix(): path for path in data.find_photos(folder)}
    by_stem = {os.path.splitext(name)[0]: path for name, path in found.items()}
    results = {name: found.get(name) or by_stem.get(os.path.splitext(name)[0]) for name in names}
    missing = [name for name, path in results.items() if path is None]
    if missing:
        raise ValueError(
            f"{folder} lacks {len(missing)} of {len(names)} results, such as that of "
            f"{missing[0]}: colorize them, or choose others with --split"
        )

    def colorize(name, _):
        result = read_square(results[name], image_size)
        if result is None:
            raise ValueError(f"{results[name]} can't be decoded: colorize {name} again")
        return result

    return colorize


def grey_luminance(grey, color_space):
    """Luminance (H, W, 1) of grey levels (H, W) uint8."""
    rgb = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB) / np.float32(255)
    return color.rgb_to_luminance_chroma(rgb, color_space)[0]


def keras_colorizer(path, image_size, temperature=None):
    """A colorizer that runs the Keras model in a .weights.h5 or .keras file.

    Raises:
        ValueError: The file is damaged, or the model takes no such size or no temperature.
    """
    model = models.load(path)
    if temperature is not None:
        config = model.get_config()
        if "temperature" not in config:
            raise ValueError(f"{path} is a {type(model).__name__}: it takes no --temperature")
        cooled = type(model).from_config({**config, "temperature": temperature})
        cooled.set_weights(model.get_weights())
        model = cooled
    return model_colorizer(model, image_size)


def model_colorizer(model, image_size):
    """A colorizer that runs a Keras model.

    Raises:
        ValueError: The model takes no such size.
    """
    model.check_luminance(np.zeros((1, image_size, image_size, 1)))

    def colorize(_, grey):
        luminance = grey_luminance(grey, model.color_space)
        target = np.asarray(model.predict_on_batch(luminance[None])[0])
        return color.target_to_pixels(luminance, target, model.color_space)

    return colorize


def preset_colorizer(name, temperature=None):
    """A colorizer that runs a preset or a .tflite file, as `kerascolor colorize` does."""
    colorizer = load(name)
    return lambda _, grey: colorizer(grey, temperature=temperature)


def choose_colorizer(model, names, image_size, temperature=None):
    """The colorizer that `model`, as --model, names, for photos of these names."""
    path = pathlib.Path(model)
    if path.is_dir():
        if temperature is not None:
            raise ValueError(f"{path} is a folder of results: it takes no --temperature")
        return result_colorizer(path, names, image_size)
    if path.name.endswith((".weights.h5", ".keras")):
        return keras_colorizer(path, image_size, temperature)
    return preset_colorizer(model, temperature)


def report(
    model,
    folder,
    split=None,
    lpips_weights=None,
    image_size=256,
    temperature=None,
    limit=None,
    classifier=None,
):
    """Measures a model on a folder of photos; the arguments are those of the flags.

    Returns:
        The settings, and under "figures" and "photo_figures" those of "result" and "grey".

    Raises:
        ValueError, OSError: Something that the arguments name is missing or unusable.
    """
    folder = pathlib.Path(folder)
    split = split or ("val" if (folder / "manifest.csv").exists() else "all")
    paths = data.find_photos(folder, split)
    if limit:
        # Spread over the folder, where names often go by kind.
        paths = paths[:: -(-len(paths) // limit)]
    lpips = metrics.LPIPS(lpips_weights) if lpips_weights else None
    classify = metrics.ImageClassifier(classifier) if classifier else None
    names = [path.relative_to(folder).as_posix() for path in paths]
    colorize = choose_colorizer(model, names, image_size, temperature)
    originals = read_photos(folder, paths, image_size)
    figures = evaluate(originals, {"result": colorize}, lpips, classify)
    if not figures["result"]:
        raise ValueError(f"{folder}: none of its photos can be decoded")
    return {
        "model": str(model),
        "photos": str(folder),
        "split": split,
        "count": len(figures["result"]),
        "image_size": image_size,
        "temperature": temperature,
        "figures": {label: average(of_photo.values()) for label, of_photo in figures.items()},
        "photo_figures": figures,
    }


def table(figures):
    """Lines that set the averaged figures of "result" beside those of "grey"."""
    lines = [f"{'':24}{'result':>10}{'grey':>10}{'difference':>12}"]
    for name, (label, decimals) in FIGURES.items():
        if name in figures["result"]:
            result, grey = figures["result"][name], figures["grey"][name]
            lines.append(
                f"{label:24}{result:10.{decimals}f}{grey:10.{decimals}f}"
                f"{result - grey:+12.{decimals}f}"
            )
    return lines


def cells(figures, names):
    """The figures of these names as text, with the decimals of `FIGURES`."""
    return [f"{figures[name]:.{FIGURES[name][1]}f}" for name in names]


def markdown(photo_figures, head):
    """Lines of a table with a row for each colorizer, from what `evaluate` returns."""
    averages = {label: average(of_photo.values()) for label, of_photo in photo_figures.items()}
    names = [name for name in FIGURES if all(name in figures for figures in averages.values())]
    rows = [[head, *(FIGURES[name][0].strip() for name in names)]]
    for label, figures in averages.items():
        rows.append([label, *cells(figures, names)])
    return pages.markdown_table(rows)


def main(_):
    output = pathlib.Path(FLAGS.output) if FLAGS.output else None
    try:
        if output and not output.parent.is_dir():
            raise ValueError(f"{output.parent}: no such folder for --output; make it")
        found = report(
            FLAGS.model,
            FLAGS.photos,
            FLAGS.split,
            FLAGS.lpips_weights,
            FLAGS.image_size,
            FLAGS.temperature,
            FLAGS.limit,
            FLAGS.classifier,
        )
        if output:
            output.write_text(json.dumps(found, indent=1) + "\n")
        print("{model} on {count} photos of {photos} ({split})".format(**found))
        print(*table(found["figures"]), sep="\n")
        if FLAGS.page:
            lines = categories.table(found["photo_figures"], categories.read(FLAGS.photos))
            pages.write_section(FLAGS.page, "kinds", pages.command(FLAGS), lines)
            print("", *lines, sep="\n")
    except (OSError, ValueError) as error:
        sys.exit(f"kerascolor.evaluation.evaluate: {error}")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_string(
        "model",
        None,
        "Preset, .tflite, .weights.h5 or .keras file, or a folder of photos already colorized.",
        required=True,
    )
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_enum(
        "split", None, ["train", "val", "all"], "By default val with a manifest.csv, else all."
    )
    flags.DEFINE_string("lpips_weights", None, "npz of LPIPS weights; without it no LPIPS.")
    flags.DEFINE_integer("image_size", 256, "Height and width to measure at.", lower_bound=16)
    flags.DEFINE_float(
        "temperature", None, "Of a classifier; its own by default.", lower_bound=0.01
    )
    flags.DEFINE_integer("limit", None, "Measure at most so many photos.", lower_bound=1)
    flags.DEFINE_string(
        "classifier",
        None,
        "Classifier .tflite of photos, RGB (1, H, W, 3), a float one's as (rgb - 127) / 128: how "
        "often it answers as on the original.",
    )
    flags.DEFINE_string("output", None, "JSON file for all figures, each photo's included.")
    flags.DEFINE_string(
        "page", None, "Markdown page whose section kinds to rewrite: a table by manifest's content."
    )


if __name__ == "__main__":
    define_flags()
    app.run(main)
