"""Measures the colorizations that models draw of a photo: how good, and how different they are.

    python -m tools.studies.draws --models vae,run/model.weights.h5,classifier --photos DIR \\
        --page docs/comparison.md --pictures examples/photos/color --output docs/pictures

Eight draws are made of each photo. A VAE draws its latent z. A classifier, for comparison, draws
from its distribution over colours, in two ways: each pixel for itself; or all pixels of a photo by
one quantile of their distributions, whose colours stand in the order of a, then of b.

The spread of draws is the standard deviation of a pixel's a and b among them. Where draws are
tints of the whole photo, nothing of their variance is left when each draw's mean colour is taken
out of it; what is left is the share between objects, and noise of pixels if there is any.
"""

import pathlib

import cv2
import keras
import numpy as np
from absl import flags
from tqdm import tqdm

from kerascolor import bins, color, data, metrics, models, program, squares
from kerascolor.evaluation import experiments, pages
from kerascolor.figures import HIGHER, LOWER, NEARER_TO_0, Figure
from tools import sheet
from tools.studies import latent

FLAGS = flags.FLAGS

DRAWS = 8
PICTURED = 6  # Photos of a picture sheet.
PICTURE_SIDE = 160
COLUMNS = {
    "lpips": Figure("LPIPS of a draw", "", 3, LOWER),
    "colorfulness_gap": Figure("colourfulness gap", "", 1, NEARER_TO_0),
    "psnr": Figure("PSNR of a draw", "dB", 2, HIGHER),
    "best_psnr": Figure(f"PSNR of the best of {DRAWS}", "dB", 2, HIGHER),
    "best_lpips": Figure(f"LPIPS of the best of {DRAWS}", "", 3, LOWER),
    "pairwise_lpips": Figure("LPIPS between draws", "", 3, HIGHER),
    "spread": Figure("spread", "a, b", 1, HIGHER),
    "share": Figure("left without tint", "%", 0, HIGHER),
    "kl": Figure("KL", "nats", 1, HIGHER),
    "used": Figure("dimensions used", "", 0, HIGHER),
}


class Drawer:
    """Draws colorizations by a model.

    Args:
        model: One that takes noise, or a classifier.
        shared: Whether a classifier takes one quantile for all pixels of a draw.
    """

    def __init__(self, model, shared=False):
        self.model = model
        self._shared = shared

    def __call__(self, original, seed):
        """Draws (DRAWS, H, W, 3) uint8 of a photo whose colours are taken away."""
        luminance, _ = split(self.model, original)
        draw = self._by_latent if self.model.takes_noise else self._by_quantile
        targets = np.asarray(draw(luminance[None], seed))
        space = self.model.color_space
        return np.stack([color.target_to_pixels(luminance, one, space) for one in targets])

    def _by_latent(self, luminance, seed):
        return self.model.sample(luminance, DRAWS, seed=seed)[:, 0]

    def _by_quantile(self, luminance, seed):
        logits = self.model.logits(luminance, training=False)
        cumulative = np.cumsum(keras.ops.softmax(logits), axis=-1)
        _, *size, count = cumulative.shape
        shape = (DRAWS, 1, 1, 1) if self._shared else (DRAWS, *size, 1)
        # Rounded, the last share may be below 1.
        quantiles = np.random.default_rng(seed).random(shape) * cumulative[..., -1:]
        chosen = np.minimum((cumulative <= quantiles).sum(-1), count - 1)
        return self.model.upsample(bins.CENTERS[chosen])


def split(model, original):
    """Luminance (H, W, 1) and the model's target of a photo, RGB (H, W, 3) uint8."""
    rgb = original / np.float32(255)
    luminance, chroma = color.rgb_to_luminance_chroma(rgb, model.color_space)
    return luminance, rgb if model.color_space == "rgb" else chroma


def drawers(name, model):
    """The ways by which a model draws, by what the table calls them.

    Raises:
        ValueError: It gives one answer to each photo.
    """
    label = pages.run_name(name)
    if model.takes_noise:
        return {label: Drawer(model)}
    if model.takes_temperature:
        return {
            f"{label}, each pixel for itself": Drawer(model),
            f"{label}, one quantile": Drawer(model, shared=True),
        }
    raise ValueError(f"{name} is a {type(model).__name__}: it draws nothing")


def measure(drawer, photos, lpips):
    """The figures of `COLUMNS` for a way to draw.

    Args:
        photos: List of (name, original), RGB (H, W, 3) uint8.
        lpips: `metrics.LPIPS`.
    """
    measured = [
        measure_photo(drawer(original, seed), original, lpips)
        for seed, (_, original) in enumerate(tqdm(photos, unit="photo", disable=None))
    ]
    found = {name: float(np.mean([photo[name] for photo in measured])) for name in measured[0]}
    variance, left = found.pop("variance"), found.pop("left")
    found |= {"spread": variance**0.5, "share": 100 * left / max(variance, 1e-12)}
    model = drawer.model
    if model.takes_noise:
        pairs = (split(model, original) for _, original in photos)
        batches = ([keras.ops.convert_to_tensor(x[None]) for x in pair] for pair in pairs)
        divergence, _ = latent.measure(model, batches)
        places = np.prod(model.latent_shape(photos[0][1].shape[:2])[:-1])
        found |= {"kl": divergence.sum() * places, "used": (divergence > latent.USED).sum()}
    return found


def measure_photo(results, original, lpips):
    """Figures of the draws (n, H, W, 3) of a photo, both uint8."""
    distances = lpips(results, original[None])
    pairs = [lpips(results[n + 1 :], results[n : n + 1]) for n in range(len(results) - 1)]
    psnrs = [metrics.psnr(result, original) for result in results]
    colorfulness = np.mean([metrics.colorfulness(result) for result in results])
    chroma = np.stack([metrics.lab(result)[..., 1:] for result in results])
    untinted = chroma - chroma.mean((1, 2), keepdims=True)
    return {
        "lpips": np.mean(distances),
        "colorfulness_gap": colorfulness - metrics.colorfulness(original),
        "psnr": np.mean(psnrs),
        "best_psnr": max(psnrs),
        "best_lpips": min(distances),
        "pairwise_lpips": np.mean(np.concatenate(pairs)),
        "variance": chroma.var(0).mean(),
        "left": untinted.var(0).mean(),
    }


def table_rows(table):
    """The figures of each way to draw as rows of cells, the head first."""
    rows = [["draws of", *(figure.heading for figure in COLUMNS.values())]]
    for label, found in table.items():
        texts = (f.text(found[name]) if name in found else "" for name, f in COLUMNS.items())
        rows.append([label, *texts])
    return rows


def picture(drawer, photos):
    """RGB (H, W, 3): a row for each photo, its draws and then the original."""
    size = (PICTURE_SIDE, PICTURE_SIDE)
    strips = []
    for seed, (_, original) in enumerate(photos):
        parts = [*drawer(original, seed), original]
        strips.append(np.hstack([cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in parts]))
    return sheet.grid(strips, columns=1)


def main(_):
    ways = {}
    for name in FLAGS.models:
        ways |= drawers(name, models.load(name))
    photos, lpips = list(experiments.photos()), metrics.LPIPS()
    table = {label: measure(drawer, photos, lpips) for label, drawer in ways.items()}
    if FLAGS.pictures:
        folder = pathlib.Path(FLAGS.pictures)
        paths = data.spread(data.find_photos(folder), PICTURED)
        shown = list(squares.read_all(folder, paths, FLAGS.image_size))
        for label, drawer in ways.items():
            name = label.replace(", ", "_").replace(" ", "_")
            sheet.write(picture(drawer, shown), pathlib.Path(FLAGS.output, f"draws_{name}.jpg"))
    experiments.publish(pages.markdown_table(table_rows(table)))


def define_flags():
    flags.DEFINE_list(
        "models", None, "Presets or weights files of VAEs and classifiers.", required=True
    )
    flags.DEFINE_string("pictures", None, "Folder of photos for the picture sheets.")
    flags.DEFINE_string("output", ".", "Folder for the sheets, draws_MODEL.jpg.")
    experiments.define_flags("draws")


if __name__ == "__main__":
    program.run(main, define_flags)
