"""Compares models on the same photos: one table, and pictures beside each other.

    python -m tools.studies.compare --models classifier,unet,run/model.weights.h5 --photos DIR \\
        --lpips_weights lpips_alexnet.npz --pictures examples/photos/color --output comparison

Models that sample (a VAE's weights or preset) get two more figures: the PSNR of the best of eight
samples, and the spread among them.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from absl import app, flags

from kerascolor import color, data, history, metrics, models
from kerascolor.evaluation import evaluate, pages
from tools import sheet

FLAGS = flags.FLAGS

SAMPLES = 8
# What the table calls each figure, and its decimals.
COLUMNS = {
    "parameters": ("parameters (M)", 2),
    "megabytes": ("file (MB)", 1),
    "psnr": ("PSNR", 2),
    "ssim": ("SSIM", 3),
    "lpips": ("LPIPS", 3),
    "ciede2000": ("CIEDE2000", 2),
    "colorfulness_gap": ("colourfulness gap", 1),
    "auc": ("AuC", 2),
    "rebalanced_auc": ("rebalanced AuC", 2),
    "single_psnr": ("PSNR of one sample", 2),
    "best_psnr": (f"best of {SAMPLES}", 2),
    "spread": (f"spread of {SAMPLES}", 4),
    "least_spread": ("least spread", 4),
}


def compare(loaded, folder, split, lpips_weights, image_size, every=1):
    """Figures of each model, and of the grey photos, by name.

    Args:
        loaded: Models by name: of presets, .weights.h5 or .keras files.
        folder, split, lpips_weights, image_size: As in `evaluate.report`.
        every: Take each so manieth photo.
    """
    paths = data.find_photos(folder, split)[::every]
    lpips = metrics.LPIPS(lpips_weights) if lpips_weights else None
    colorizers = {n: evaluate.model_colorizer(model, image_size) for n, model in loaded.items()}
    photos = evaluate.read_photos(pathlib.Path(folder), paths, image_size)
    figures = evaluate.evaluate(photos, colorizers, lpips)
    table = {label: evaluate.average(photo.values()) for label, photo in figures.items()}
    for name, model in loaded.items():
        # Of what colorizes: not of a discriminator, nor of a posterior.
        colorizing = keras.Model(model.inputs, model.outputs)
        table[name]["parameters"] = colorizing.count_params() / 1e6
        table[name]["megabytes"] = models.file_of(name).stat().st_size / 1e6
        if model.takes_noise:
            table[name] |= sampling_figures(model, pathlib.Path(folder), paths, image_size)
    return table


def sampling_figures(model, folder, paths, image_size):
    """Mean PSNR of single samples and of the best of eight; spread of chroma among the eight.

    The spread is the mean distance of a pixel's chroma in two samples, over all pairs.
    """
    singles, bests, spreads = [], [], []
    photos = evaluate.read_photos(folder, paths, image_size)
    for index, (_, original) in enumerate(photos):
        rgb = original / np.float32(255)
        luminance, _ = color.rgb_to_luminance_chroma(rgb, model.color_space)
        samples = np.asarray(model.sample(luminance[None], SAMPLES, seed=index))[:, 0]
        results = [color.target_to_pixels(luminance, one, model.color_space) for one in samples]
        psnrs = [metrics.psnr(result, original) for result in results]
        singles.append(np.mean(psnrs))
        bests.append(max(psnrs))
        pairs = [(a, b) for a in range(SAMPLES) for b in range(a)]
        distances = [np.linalg.norm(samples[a] - samples[b], axis=-1).mean() for a, b in pairs]
        spreads.append(np.mean(distances))
    return {
        "single_psnr": float(np.mean(singles)),
        "best_psnr": float(np.mean(bests)),
        "spread": float(np.mean(spreads)),
        "least_spread": float(np.min(spreads)),
    }


def table_rows(table):
    """The comparison as rows of cells, the head first."""
    columns = [key for key in COLUMNS if any(key in figures for figures in table.values())]
    rows = [["model", *(COLUMNS[key][0] for key in columns)]]
    for label, figures in table.items():
        cells = [f"{figures[k]:.{COLUMNS[k][1]}f}" if k in figures else "" for k in columns]
        rows.append([pages.run_name(label), *cells])
    return rows


def write_pictures(loaded, folder, image_size, output):
    """Writes comparison.jpg, a row for each photo: grey, each model, original."""
    colorizers = [evaluate.model_colorizer(model, image_size) for model in loaded.values()]
    photos = evaluate.read_photos(pathlib.Path(folder), data.find_photos(folder), image_size)
    strips = [sheet.strip(name, original, colorizers) for name, original in photos]
    sheet.write(sheet.grid(strips, columns=1), output / "comparison.jpg")


def curves(runs, path):
    """Draws training's and validation's figures of runs beside each other."""
    histories = {
        pathlib.Path(run).name: history.read_history(pathlib.Path(run) / "history.csv")
        for run in runs
    }
    history.draw_curves(histories, path)


def main(_):
    output = pathlib.Path(FLAGS.output)
    try:
        output.mkdir(parents=True, exist_ok=True)
        loaded = {name: models.load(name) for name in FLAGS.models}
        table = compare(
            loaded,
            FLAGS.photos,
            FLAGS.split,
            FLAGS.lpips_weights,
            FLAGS.image_size,
            FLAGS.every,
        )
        (output / "comparison.json").write_text(json.dumps(table, indent=1) + "\n")
        if FLAGS.pictures:
            write_pictures(loaded, FLAGS.pictures, FLAGS.image_size, output)
        if FLAGS.runs:
            curves(FLAGS.runs, output / "curves.png")
        lines = pages.markdown_table(table_rows(table))
        if FLAGS.page:
            pages.write_section(FLAGS.page, FLAGS.section, pages.command(FLAGS), lines)
    except (OSError, ValueError) as error:
        sys.exit(f"tools.studies.compare: {error}")
    print(*lines, sep="\n")


def define_flags():
    """Defines this program's flags; not on import, for other programs have the same names."""
    flags.DEFINE_list("models", None, "Presets, .weights.h5 or .keras files.", required=True)
    flags.DEFINE_list("runs", [], "Folders of runs whose curves to draw beside each other.")
    flags.DEFINE_string("photos", None, "Folder of photos in colour.", required=True)
    flags.DEFINE_enum("split", "val", ["train", "val", "all"], "Which of them.")
    flags.DEFINE_integer("every", 1, "Take each so manieth photo.", lower_bound=1)
    flags.DEFINE_string("lpips_weights", None, "npz of LPIPS weights; without it no LPIPS.")
    flags.DEFINE_integer("image_size", 256, "Height and width to measure at.", lower_bound=32)
    flags.DEFINE_string("pictures", None, "Folder of photos for the picture sheet.")
    flags.DEFINE_string("page", None, "Markdown page to write the table into.")
    flags.DEFINE_string("section", "comparison", "Section of the page that is rewritten.")
    flags.DEFINE_string("output", None, "Folder for comparison.json and pictures.", required=True)


if __name__ == "__main__":
    define_flags()
    app.run(main)
