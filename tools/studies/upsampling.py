"""Measures ways to bring chroma from a model's grid to a photo's size.

    python -m tools.studies.upsampling --photos DIR

The true chroma of photos is averaged down to the grid, brought up again, and joined with the
photo's luminance; the result is compared with the photo at its full size. That takes large photos
in colour: at the grid's own size there is nothing to do. With --chroma_size 64 the chroma is as
smooth as that of a model whose own resolution is a quarter of its grid's.
"""

import time

import cv2
import numpy as np
from absl import flags
from tqdm import tqdm

from kerascolor import color, data, metrics, photo, program
from kerascolor.evaluation import evaluate, experiments, pages
from kerascolor.runtime import render, resample

FLAGS = flags.FLAGS

# CIEDE2000 of every pixel of a large photo takes minutes; of these it differs by less than 0.01.
EVERY = 4
COLOR_SPACE = "lab"


def bilinear(luminance, grid, chroma):
    return cv2.resize(chroma, luminance.shape[::-1], interpolation=cv2.INTER_LINEAR)


def bicubic(luminance, grid, chroma):
    return cv2.resize(chroma, luminance.shape[::-1], interpolation=cv2.INTER_CUBIC)


def guided_filter(luminance, grid, chroma):
    """The fast guided filter (He and Sun 2015): offsets are smoothed like slopes."""
    slope, _ = render.follow(grid, chroma)
    size = 2 * render.RADIUS + 1, 2 * render.RADIUS + 1
    guide = cv2.merge([grid, grid])
    offset = cv2.blur(chroma, size) - slope * cv2.blur(guide, size)
    return _apply(luminance, slope, offset)


def following(luminance, grid, chroma):
    """What `colorizer` does: as the guided filter, but grid points keep their chroma."""
    return _apply(luminance, *render.follow(grid, chroma))


def _apply(luminance, slope, offset):
    slope, offset = (bicubic(luminance, None, values) for values in (slope, offset))
    return slope * luminance[..., None] + offset


def joint_bilateral(luminance, grid, chroma, radius=1, spread=0.7, tolerance=0.05):
    """Joint bilateral upsampling (Kopf et al. 2007).

    A mean of the nearest (2 * radius + 1)^2 grid points' chroma, by their distance (a Gaussian of
    `spread` grid points) and their difference in luminance (one of `tolerance`).
    """
    rows, row_places = _nearest(len(luminance), len(grid))
    columns, column_places = _nearest(luminance.shape[1], grid.shape[1])
    total = np.zeros((*luminance.shape, 2), np.float32)
    weights = np.full(luminance.shape, 1e-8, np.float32)
    steps = range(-radius, radius + 1)
    for row_step, column_step in ((row, column) for row in steps for column in steps):
        row = np.clip(rows + row_step, 0, len(grid) - 1)
        column = np.clip(columns + column_step, 0, grid.shape[1] - 1)
        distance = (row - row_places)[:, None] ** 2 + (column - column_places) ** 2
        difference = luminance - grid[row[:, None], column]
        exponent = distance / (2 * spread**2) + difference**2 / (2 * tolerance**2)
        weight = cv2.exp(-exponent.astype(np.float32))
        weights += weight
        total += weight[..., None] * chroma[row[:, None], column]
    return total / weights[..., None]


def _nearest(size, grid_size):
    """For each of `size` pixels the nearest grid point, and its own place on the grid."""
    places = (np.arange(size) + 0.5) * (grid_size / size) - 0.5
    return np.rint(places).astype(int), places


def _joined(upsample):
    """A way from grey pixels and chroma on the grid to RGB at full size, all by `upsample`."""

    def join(grey, grid, chroma):
        luminance = resample.luminance(grey, COLOR_SPACE)
        full = upsample(luminance, grid, chroma)
        rgb = color.luminance_chroma_to_rgb(luminance[..., None], full, COLOR_SPACE)
        return np.rint(255 * rgb).astype(np.uint8)

    return join


def shipped(grey, grid, chroma):
    lines = render.follow(grid, chroma)
    return render.merge(grey, resample.shrink(grey), *lines, COLOR_SPACE, cv2.getNumThreads())


WAYS = {
    "grey": lambda grey, grid, chroma: cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB),
    "bilinear": _joined(bilinear),
    "bicubic": _joined(bicubic),
    "joint bilateral": _joined(joint_bilateral),
    "guided filter": _joined(guided_filter),
    "following": _joined(following),
    "following, as shipped": shipped,
}


def measure(original, grid_size, chroma_size):
    """Figures of each way for one photo.

    Args:
        original: RGB (H, W, 3), uint8.
        grid_size: Height and width of the model's grid.
        chroma_size: Height and width to which the chroma is averaged first.

    Returns:
        Dictionary of (PSNR, CIEDE2000, mean error of L*, seconds per megapixel) by the way's name.
    """
    lab = metrics.lab(original)
    grey = evaluate.remove_color(original)
    grid = resample.luminance(resample.resize(grey, grid_size, grid_size), COLOR_SPACE)
    _, chroma = color.scale(lab, COLOR_SPACE)
    chroma = cv2.resize(chroma, (chroma_size, chroma_size), interpolation=cv2.INTER_AREA)
    chroma = cv2.resize(chroma, (grid_size, grid_size), interpolation=cv2.INTER_LINEAR)
    sparse_lab = lab[::EVERY, ::EVERY]
    figures = {}
    for name, way in WAYS.items():
        started = time.perf_counter()
        result = way(grey, grid, chroma)
        seconds = time.perf_counter() - started
        result_lab = metrics.lab(result[::EVERY, ::EVERY])
        figures[name] = (
            metrics.psnr(result, original),
            metrics.ciede2000(result_lab, sparse_lab),
            float(np.mean(np.abs(result_lab[..., 0] - sparse_lab[..., 0]))),
            seconds / (grey.size / 1e6),
        )
    return figures


def measure_all(folder, grid_size, chroma_size):
    """The figures of each way, averaged over the photos of a folder, and the number of photos.

    Raises:
        ValueError: No photo is in colour, of 8 bits and larger than the grid.
    """
    found = []
    for path in tqdm(data.find_photos(folder), unit="photo", disable=None):
        pixels = photo.read(path).pixels
        if pixels.ndim == 3 and pixels.dtype == np.uint8 and min(pixels.shape[:2]) > grid_size:
            found.append(measure(pixels, grid_size, chroma_size))
    if not found:
        raise ValueError(f"{folder} has no photo in colour that is larger than the grid")
    return {name: np.mean([one[name] for one in found], axis=0) for name in WAYS}, len(found)


def main(_):
    figures, count = measure_all(FLAGS.photos, FLAGS.grid, FLAGS.chroma_size)
    rows = [["", "PSNR (dB)", "CIEDE2000", "error of L*", "ms / MP"]]
    for name, (psnr, ciede2000, error, seconds) in figures.items():
        cells = f"{psnr:.2f}", f"{ciede2000:.3f}", f"{error:.3f}", f"{1e3 * seconds:.0f}"
        rows.append([name, *cells])
    experiments.publish([f"{count} photos.", "", *pages.markdown_table(rows)])


def define_flags():
    flags.DEFINE_string("photos", None, "Folder of large photos in colour.", required=True)
    flags.DEFINE_integer("grid", 256, "Height and width of the model's grid.", lower_bound=2)
    flags.DEFINE_integer("chroma_size", 256, "Height and width of the chroma.", lower_bound=2)
    experiments.define_page_flags("upsampling")


if __name__ == "__main__":
    program.run(main, define_flags)
