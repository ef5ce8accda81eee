"""Measures what the latent vectors of VAEs carry, and what their size costs.

    python -m tools.studies.latent --models vae,run/model.weights.h5 --photos DIR \\
        --page docs/comparison.md --picture docs/pictures/latent.png

For each model it gives the KL divergence of posterior and prior, in nats, averaged over photos: of
the whole, and by dimension of the latent vector. With a latent grid the latter is that of a place.
A dimension at 0 has collapsed, because the decoder learns nothing from it. Errors are those of
photos painted from the posterior's mean; the posterior of a conditional VAE has seen their colours,
that of a plain one has not. Times are relative to the first model's; the models are timed taking
turns.
"""

import time

import numpy as np
from absl import flags

from kerascolor import data, history, models, program
from kerascolor.evaluation import experiments, pages
from kerascolor.models.variational import USED

FLAGS = flags.FLAGS

BATCH_SIZE = 32
TIMED_RUNS = 20
HEAD = (
    "model",
    "latent size",
    "parameters (M)",
    "KL (nats)",
    "dimensions used",
    "KL of the most used",
    "of the median one",
    "error (RMSE)",
    "time",
)


def measure(model, photos):
    """KL divergence in nats of each dimension (D,) of a place, and the root mean squared error.

    Args:
        model: A model that takes noise.
        photos: Batches of (luminance, target).
    """
    divergences, errors = [], []
    for luminance, target in photos:
        posterior, features, divergence = model.divergence(luminance, target)
        painted = model.decode(posterior.mean(), features)
        places = np.reshape(divergence, (len(luminance), -1, divergence.shape[-1]))
        divergences.append(places.mean(1))
        errors.append(np.mean(np.square(np.asarray(painted) - np.asarray(target)), (1, 2, 3)))
    return np.concatenate(divergences).mean(0), float(np.sqrt(np.concatenate(errors).mean()))


def times(loaded, batches):
    """Median seconds that each model takes for a batch, the models taking turns."""
    seconds = {name: [] for name in loaded}
    for _ in range(TIMED_RUNS + 1):
        for name, model in loaded.items():
            started = time.perf_counter()
            model.predict_on_batch(batches[name])
            seconds[name].append(time.perf_counter() - started)
    # The first run is slower, for it traces the graph.
    return {name: float(np.median(of_model[1:])) for name, of_model in seconds.items()}


def draw(divergences, path):
    """Draws each model's KL divergence by dimension, the most used first, into a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot(xlabel="dimension, sorted", ylabel="KL (nats)", yscale="log")
    for name, divergence in divergences.items():
        # A collapsed dimension would be lost on a logarithmic scale.
        falling = np.maximum(np.sort(divergence)[::-1], 1e-5)
        axes.plot(range(1, len(falling) + 1), falling, label=name)
    axes.axhline(USED, color="grey", linewidth=0.5)
    axes.legend()
    history.save_figure(figure, path)


def load(name):
    """The VAE that a preset, .weights.h5 or .keras file holds.

    Raises:
        ValueError: It holds another model.
    """
    model = models.load(name)
    if not model.takes_noise:
        raise ValueError(f"{name} is a {type(model).__name__}: it has no latent vector")
    return model


def measure_all(loaded, folder, image_size):
    """The figures of each model by name, (shape of z, divergence, error, seconds a batch).

    Args:
        loaded: VAEs by name.
        folder: Photos; the split val is taken.
        image_size: Size of the photos of models that take any; others have their own.
    """
    found, batches = {}, {}
    for name, model in loaded.items():
        size = model.config.get("image_size", image_size)
        photos = data.photos(folder, size, BATCH_SIZE, model.color_space, training=False)
        found[name] = (model.latent_shape((size, size)), *measure(model, photos))
        batches[name] = np.asarray(next(iter(photos))[0])
    seconds = times(loaded, batches)
    return {name: (*figures, seconds[name]) for name, figures in found.items()}


def row(label, model, figures, first_seconds):
    """The cells of a model."""
    (*grid, _), divergence, error, seconds = figures
    return [
        label,
        " x ".join(map(str, [*grid, len(divergence)])),
        f"{model.count_params() / 1e6:.2f}",
        f"{divergence.sum() * np.prod(grid):.1f}",
        int((divergence > USED).sum()),
        f"{divergence.max():.2f}",
        f"{np.median(divergence):.4f}",
        f"{error:.4f}",
        f"{seconds / first_seconds:.2f}",
    ]


def main(_):
    loaded = {name: load(name) for name in FLAGS.models}
    found = measure_all(loaded, FLAGS.photos, FLAGS.image_size)
    *_, first_seconds = found[FLAGS.models[0]]
    rows = [HEAD]
    for name, figures in found.items():
        rows.append(row(pages.run_name(name), loaded[name], figures, first_seconds))
    if FLAGS.picture:
        draw({pages.run_name(name): figures[1] for name, figures in found.items()}, FLAGS.picture)
    experiments.publish(pages.markdown_table(rows))


def define_flags():
    flags.DEFINE_list("models", None, "Presets or weights files of VAEs.", required=True)
    flags.DEFINE_string("photos", None, "Folder of photos; its split val is taken.", required=True)
    flags.DEFINE_integer(
        "image_size", 128, "Size of photos for models that take any.", lower_bound=32
    )
    flags.DEFINE_string("picture", None, "PNG to draw the divergences into.")
    experiments.define_page_flags("latent")


if __name__ == "__main__":
    program.run(main, define_flags)
