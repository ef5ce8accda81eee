"""Trains the plain baselines in their variants, and writes their losses and times as a table.

    python -m tools.studies.baselines --photos DIR --runs RUNS --page docs/comparison.md \\
        --output docs/pictures

These are the autoencoder under mean squared error and under cross-entropy, with two to five levels,
and the VAE with latent vectors of three sizes, with the settings of their recipes. Losses of
different kinds can't be compared; the error (RMSE of RGB in [0, 1]) can. Where the error of test
rises again, or is far above that of training, a model overfits: few photos and many epochs show it.
The divergence of VAEs is measured by `tools.studies.latent`.

Each run has a folder in --runs. The same command goes on where it was interrupted, and trains no
finished run again.
"""

import pathlib

from absl import flags

from kerascolor import models, program
from kerascolor.evaluation import experiments, pages
from tools.studies import runs

FLAGS = flags.FLAGS

# The fields of `TrainConfig` as in train/recipes/autoencoder.flags and vae.flags.
PLAIN = {
    "image_size": 32,
    "learning_rate": 1e-3,
    "cosine_decay": False,
    "weight_decay": 0.0,
    "clip_norm": 0.0,
}
AUTOENCODER = {**PLAIN, "model": "autoencoder", "batch_size": 16, "epochs": 20}
VAE = {**PLAIN, "model": "vae", "batch_size": 64, "epochs": 30}
WIDTHS = (32, 64, 128, 256, 512)
# The constructor's arguments of each run, four levels being those of the first two.
RUNS = {
    "autoencoder_mse": {**AUTOENCODER, "config": {"loss": "mse"}},
    "autoencoder_crossentropy": {**AUTOENCODER, "config": {"loss": "crossentropy"}},
    **{
        f"autoencoder_{levels}_levels": {**AUTOENCODER, "config": {"widths": WIDTHS[:levels]}}
        for levels in (2, 3, 5)
    },
    **{
        f"vae_{size}": {**VAE, "config": {"latent_size": size, "image_size": 32}}
        for size in (10, 100, 400)
    },
}
HEAD = (
    "run",
    "parameters (M)",
    "loss, training",
    "loss, test",
    "error, training",
    "error, test",
    "least error, test",
    "in epoch",
    "minutes",
)


def row(weights):
    """The cells of a finished run."""
    logged = runs.read_history(weights)
    tests = logged["val_rmse"]
    return [
        pages.run_name(weights),
        f"{models.load(weights).count_params() / 1e6:.2f}",
        *(f"{logged[name][-1]:.4f}" for name in ("loss", "val_loss", "rmse", "val_rmse")),
        f"{min(tests):.4f}",
        tests.index(min(tests)) + 1,
        f"{sum(logged['seconds']) / 60:.1f}",
    ]


def main(_):
    unknown = set(FLAGS.only) - set(RUNS)
    if unknown:
        raise ValueError(f"--only {min(unknown)} is unknown: use {', '.join(RUNS)}")
    changes = {"photos": FLAGS.photos} | ({"epochs": FLAGS.epochs} if FLAGS.epochs else {})
    weights = [
        runs.train_run(pathlib.Path(FLAGS.runs, name), {**RUNS[name], **changes})
        for name in FLAGS.only or RUNS
    ]
    if FLAGS.output:
        runs.draw_losses(weights, pathlib.Path(FLAGS.output, "baselines_losses.png"))
    experiments.publish(pages.markdown_table([HEAD, *map(row, weights)]))


def define_flags():
    flags.DEFINE_string("photos", None, "Folder of photos.", required=True)
    flags.DEFINE_string("runs", None, "Folder of the runs, new or to go on with.", required=True)
    flags.DEFINE_list("only", [], "Train these runs alone.")
    flags.DEFINE_integer("epochs", None, "Times through the photos, if not the recipes'.", 1)
    flags.DEFINE_string("output", None, "Folder for the curves, baselines_losses.png.")
    experiments.define_page_flags("baselines")


if __name__ == "__main__":
    program.run(main, define_flags)
