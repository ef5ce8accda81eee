"""Trains the family under equal conditions, and compares what each loss does.

    python -m tools.studies.equal --photos DIR --runs RUNS \\
        --encoder_weights efficientnet_lite1_imagenet.npz \\
        --page docs/comparison.md --pictures examples/photos/color --output docs/pictures

All have the same encoder with ImageNet's weights, kept as they are, the same widths of a new
decoder, the same photos, crops, order and number of steps, and each its own loss alone. The
adversarial ones have the optimizer of Isola et al. 2017, for the others' is too quick for them.
Then the two of the best LPIPS are trained again with the loss on finished photos added, and the two
whose LPIPS differ least with another seed, to tell what is chance.

Each run has a folder in --runs. The same command goes on where it was interrupted, and trains no
finished run again.
"""

import itertools
import pathlib

from absl import flags

from kerascolor import models, program
from kerascolor.evaluation import experiments, pages
from tools.studies import compare, runs

FLAGS = flags.FLAGS

NETWORK = {
    "encoder": "efficientnet_lite1",
    "widths": [320, 256, 192, 128],
    "freeze_encoder": True,
}
ADVERSARIAL = {"learning_rate": 2e-4, "beta_1": 0.5, "weight_decay": 0.0, "clip_norm": 0.0}
LATENT = {"latent": "grid", "latent_size": 16, "kl_weight": 1e-4}
# What each run adds to the fields of `TrainConfig` that all share.
METHODS = {
    "l2_yuv": {"model": "unet", "config": {"color_space": "yuv", "loss": "l2"}},
    "l1_yuv": {"model": "unet", "config": {"color_space": "yuv", "loss": "l1"}},
    "l1_lab": {"model": "unet", "config": {"color_space": "lab", "loss": "l1"}},
    "classification": {"model": "classifier", "config": {"rebalancing": 1.0}},
    "rebalanced": {"model": "classifier", "config": {"rebalancing": 0.9}},
    "pix2pix": {"model": "pix2pix", "config": {"discriminator_width": 32}, **ADVERSARIAL},
    "conditional_vae": {"model": "conditional_vae", "config": LATENT},
    "vae_gan": {
        "model": "vae_gan",
        "config": {**LATENT, "discriminator_width": 32},
        **ADVERSARIAL,
    },
}
# The weights of `train/recipes/classifier_finish.flags`.
PHOTO_LOSS = {"perceptual": 10, "pixel": 100, "colorfulness": 20}


def best_two(lpips):
    """The names of the two lowest of LPIPS by name."""
    return sorted(lpips, key=lpips.get)[:2]


def nearest_two(lpips):
    """The names of the two whose LPIPS differ least."""
    return min(
        itertools.combinations(lpips, 2), key=lambda pair: abs(lpips[pair[0]] - lpips[pair[1]])
    )


def train_all(folder, shared, measure, network=NETWORK):
    """Trains all runs, and gives the figures of each by its weights' path.

    Args:
        folder: That of the runs.
        shared: The fields of `TrainConfig` that all runs share.
        network: The constructor's arguments that all models share, by default `NETWORK`.
        measure: From a list of weights to what `compare.compare` gives for them.
    """

    def run(name, suffix="", **changes):
        own = METHODS[name]
        fields = {**shared, **own, "config": {**network, **own["config"]}, **changes}
        return runs.train_run(pathlib.Path(folder, name + suffix), fields)

    weights = {name: run(name) for name in METHODS}
    table = measure(list(weights.values()))
    lpips = {name: table[path]["lpips"] for name, path in weights.items()}
    more = [run(name, "_photo", photo_loss=PHOTO_LOSS) for name in best_two(lpips)]
    more += [run(name, "_again", seed=shared["seed"] + 1) for name in nearest_two(lpips)]
    grey = table.pop("grey")
    return {**table, **measure(more), "grey": grey}


def main(_):
    photos = list(experiments.photos())
    names = ("photos", "encoder_weights", "epochs", "batch_size", "seed")
    shared = {name: FLAGS[name].value for name in names} | {"image_size": FLAGS.crop}
    output = pathlib.Path(FLAGS.output)

    def measure(weights):
        loaded = {path: models.load(path) for path in weights}
        return compare.compare(loaded, photos, FLAGS.image_size)

    table = train_all(FLAGS.runs, shared, measure)
    weights = [path for path in table if path != "grey"]
    output.mkdir(parents=True, exist_ok=True)
    runs.draw_losses(weights, output / "equal_losses.png")
    if FLAGS.pictures:
        loaded = {path: models.load(path) for path in weights[: len(METHODS)]}
        compare.write_pictures(loaded, FLAGS.pictures, FLAGS.image_size, output, "equal")
    experiments.publish(pages.markdown_table(compare.table_rows(table)))


def define_flags():
    flags.DEFINE_string("runs", None, "Folder of the runs, new or to go on with.", required=True)
    flags.DEFINE_string(
        "encoder_weights", None, "npz of ImageNet weights for the encoder.", required=True
    )
    flags.DEFINE_integer("epochs", 4, "Times through the photos.", lower_bound=1)
    flags.DEFINE_integer("batch_size", 16, "Crops in a step.", lower_bound=1)
    flags.DEFINE_integer("crop", 128, "Height and width of the crops.", lower_bound=32)
    flags.DEFINE_integer("seed", 0, "Seed of weights, order and crops.")
    flags.DEFINE_string("pictures", None, "Folder of photos for the picture sheets.")
    flags.DEFINE_string("output", ".", "Folder for the sheets and the curves.")
    experiments.define_flags("equal")


if __name__ == "__main__":
    program.run(main, define_flags)
