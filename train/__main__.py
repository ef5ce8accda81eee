"""Trains a model on a folder of photos.

    python -m kerascolor.train --recipe classifier --photos DIR --output RUN

A recipe is a flag file in train/recipes; any of its flags can be given again after it. Started
again with the same command, a run goes on from its last finished epoch.
"""

import argparse
import contextlib
import gc
import json
import os
import pathlib
import shutil
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tensorflow as tf
from absl import app, flags

from kerascolor import atomic, callbacks, data, efficientnet_lite, losses, metrics, models
from kerascolor.models.tracking import TrackingModel

FLAGS = flags.FLAGS
RECIPES = pathlib.Path(__file__).parent / "recipes"

flags.DEFINE_string("recipe", None, "A flag file of train/recipes, by name.")
flags.DEFINE_string("photos", None, "Folder of photos.", required=True)
flags.DEFINE_string("output", None, "Folder of the run, new or to go on with.", required=True)
flags.DEFINE_enum("model", "classifier", list(models.MODELS), "What to train.")
flags.DEFINE_string("config", "{}", "The model's constructor arguments, as JSON.")
flags.DEFINE_string("encoder_weights", None, "npz of ImageNet weights for the encoder.")
flags.DEFINE_string("weights", None, "Preset, .weights.h5 or .keras file to start from.")
flags.DEFINE_integer("image_size", 160, "Height and width of the crops.", lower_bound=8)
flags.DEFINE_integer("batch_size", 16, "Crops in a step.", lower_bound=1)
flags.DEFINE_integer("epochs", 20, "Times through the photos.", lower_bound=1)
flags.DEFINE_float("learning_rate", 1e-3, "Highest learning rate.", lower_bound=0.0)
flags.DEFINE_integer("warmup_steps", 200, "Steps of linear warm-up.", lower_bound=0)
flags.DEFINE_bool("cosine_decay", True, "Let the learning rate fall to 0 by a cosine.")
flags.DEFINE_float("beta_1", 0.9, "Of AdamW, its momentum.", 0.0, 1.0)
flags.DEFINE_float("weight_decay", 1e-4, "Of AdamW; 0 is Adam.", lower_bound=0.0)
flags.DEFINE_float("clip_norm", 1.0, "Largest norm of a step's gradients.", lower_bound=0.0)
flags.DEFINE_bool(
    "freeze_batch_norm", False, "Keep batch normalization as it is, also of a decoder."
)
flags.DEFINE_string(
    "lpips_weights", None, "npz of LPIPS weights; with it, errors of finished photos count too."
)
flags.DEFINE_string(
    "photo_loss", "{}", "Weights perceptual, pixel and colorfulness of `losses.PhotoLoss`, as JSON."
)
flags.DEFINE_float(
    "degrade", 0.0, "Share of crops that are faded, blurred, grained and saved poorly.", 0.0, 1.0
)
flags.DEFINE_integer("seed", 0, "Of weights, order and crops.")

PICTURES = 6  # Photos in the grid after each epoch.

# In a run's folder: what it was started with, and what it goes on from.
RECORD = "flags.json"
BACKUP = "backup"
HISTORY = "history.csv"
# Flags that may change between a run and its continuation.
FREE_FLAGS = ("photos", "output", "recipe")


def main(_):
    message = None
    try:
        train()
    except (ValueError, OSError, FloatingPointError) as error:
        message = f"kerascolor.train: {error}"
    except KeyboardInterrupt:
        message = "kerascolor.train: interrupted; the same command goes on from the last epoch"
    # Run and error are gone here, and with them the pipelines that they kept alive: one whose
    # threads still run Python when the interpreter ends waits for ever.
    gc.collect()
    sys.exit(message)


def train():
    """Trains what the flags say, and leaves the run in --output."""
    output = pathlib.Path(FLAGS.output)
    weights = output / "model.weights.h5"
    check_output(output)
    if weights.exists():
        print(f"{output} is finished: {weights}")
        return
    training_photos = len(data.find_photos(FLAGS.photos, "train"))
    keras.utils.set_random_seed(FLAGS.seed)
    if tf.config.list_physical_devices("GPU"):
        keras.mixed_precision.set_global_policy("mixed_float16")
    steps = max(1, training_photos // FLAGS.batch_size)
    with scope():
        model = build_model()
        compile_model(model, steps * FLAGS.epochs)
    output.mkdir(parents=True, exist_ok=True)
    check_space(output, model)
    write_record(output)
    validation = dataset(model, training=False, seed=FLAGS.seed)
    # A run that goes on must not see the crops of its first epochs again.
    epochs_done = callbacks.count_epochs(output / HISTORY)
    training = dataset(model, training=True, seed=FLAGS.seed + epochs_done)
    print(f"{FLAGS.model}: {model.count_params():,} parameters, {steps} steps an epoch")
    model.fit(
        training.repeat(),
        epochs=FLAGS.epochs,
        steps_per_epoch=steps,
        validation_data=validation,
        callbacks=run_callbacks(output, validation),
    )
    models.save_weights(model, weights)
    shutil.rmtree(output / BACKUP)
    print(f"Trained: {weights}")


def scope():
    """All GPUs of the machine where there are several, else nothing special."""
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy().scope()
    return contextlib.nullcontext()


def dataset(model, training, seed):
    return data.photos(
        FLAGS.photos,
        FLAGS.image_size,
        FLAGS.batch_size,
        model.color_space,
        training,
        degrade=FLAGS.degrade,
        seed=seed,
    )


def build_model():
    """The model of --model and --config, with the weights of --weights or --encoder_weights."""
    try:
        model = models.MODELS[FLAGS.model](**json.loads(FLAGS.config))
    except (TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"--config={FLAGS.config} does not fit {FLAGS.model}: {error}") from error
    if model.config.get("freeze_encoder") and not (FLAGS.encoder_weights or FLAGS.weights):
        raise ValueError(
            "--config freezes an encoder that has learnt nothing: give --encoder_weights or "
            "--weights, such as --weights classifier"
        )
    if FLAGS.encoder_weights:
        efficientnet_lite.load_imagenet(model.encoder, FLAGS.encoder_weights)
    if FLAGS.weights:
        copied = model.start_from(models.load(FLAGS.weights))
        print(f"{copied} of {len(model.weights)} weights start from {FLAGS.weights}")
    if FLAGS.freeze_batch_norm:
        freeze_batch_norm(model)
    return model


def freeze_batch_norm(model):
    """Keeps statistics and weights of all batch normalizations as they are."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
        elif isinstance(layer, keras.Model):
            freeze_batch_norm(layer)


def photo_loss(model):
    """The loss on finished photos that --lpips_weights and --photo_loss describe, or None."""
    if not FLAGS.lpips_weights:
        return None
    if isinstance(model, TrackingModel):
        raise ValueError(
            f"--lpips_weights does not fit {FLAGS.model}, whose training step has losses of its own"
        )
    try:
        lpips = metrics.LPIPS(FLAGS.lpips_weights)
        return losses.PhotoLoss(lpips, model.color_space, **json.loads(FLAGS.photo_loss))
    except (TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"--photo_loss={FLAGS.photo_loss}: {error}") from error


def compile_model(model, steps):
    """Compiles with AdamW, warm-up and cosine decay over `steps`, and builds the optimizer."""
    learning_rate = FLAGS.learning_rate
    if FLAGS.cosine_decay:
        warmup = min(FLAGS.warmup_steps, steps // 2)
        learning_rate = keras.optimizers.schedules.CosineDecay(
            0.0, max(1, steps - warmup), warmup_target=FLAGS.learning_rate, warmup_steps=warmup
        )
    optimizer = keras.optimizers.AdamW(
        learning_rate,
        beta_1=FLAGS.beta_1,
        weight_decay=FLAGS.weight_decay,
        global_clipnorm=FLAGS.clip_norm or None,
    )
    model.photo_loss = photo_loss(model)
    model.compile(optimizer)
    # An optimizer without variables is left out of the backup that a killed run goes on from.
    model.optimizer.build(model.trainable_variables)


def run_flags():
    """The flags that make a run what it is."""
    key_flags = FLAGS.get_key_flags_for_module(sys.argv[0])
    return {flag.name: flag.value for flag in key_flags if flag.name not in FREE_FLAGS}


def check_output(output):
    """Raises ValueError where the folder holds something else than this run, begun or finished."""
    record = output / RECORD
    if record.exists():
        found, wanted = json.loads(record.read_text()), run_flags()
        changed = [name for name in wanted if found.get(name) != wanted[name]]
        if changed:
            raise ValueError(
                f"{output} is a run with another --{changed[0]} ({found.get(changed[0])!r}): "
                "choose a new --output"
            )
    elif output.exists() and any(output.iterdir()):
        raise ValueError(f"{output} is not empty and not a run: choose a new --output")


def write_record(output):
    if not (output / RECORD).exists():
        with atomic.replacing(output / RECORD) as file:
            file.write(json.dumps(run_flags(), indent=2).encode() + b"\n")


def check_space(output, model):
    """Raises OSError where the disk can't hold a run's checkpoints, logs and pictures."""
    # A checkpoint holds three floats a weight, and a new one is written beside the old one.
    needed = 2 * 3 * 4 * model.count_params() + 200_000_000
    free = shutil.disk_usage(output).free
    if free < needed:
        raise OSError(
            f"{output} has {free / 1e6:.0f} MB left and the run needs {needed / 1e6:.0f}: "
            "free some, or choose another --output"
        )


def run_callbacks(output, validation):
    history = output / HISTORY
    batch = next(iter(validation.unbatch().batch(PICTURES)))
    return [
        callbacks.StopAtNaN(),
        keras.callbacks.CSVLogger(history, append=True),
        callbacks.Curves(history, output / "curves.png"),
        callbacks.PictureGrid(batch, output / "pictures"),
        keras.callbacks.TensorBoard(output / "logs"),
        # Two, for one may be half-written when a run is killed.
        keras.callbacks.BackupAndRestore(
            output / BACKUP, double_checkpoint=True, delete_checkpoint=False
        ),
    ]


def expand_recipe(arguments):
    """Puts a recipe's flag file in the place of --recipe NAME, so that later flags override it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--recipe")
    known, rest = parser.parse_known_args(arguments[1:])
    if known.recipe is None:
        return arguments
    path = RECIPES / f"{known.recipe}.flags"
    if not path.exists():
        names = ", ".join(sorted(file.stem for file in RECIPES.glob("*.flags")))
        sys.exit(f"kerascolor.train: recipe {known.recipe!r} is unknown: use one of {names}")
    return [arguments[0], f"--recipe={known.recipe}", f"--flagfile={path}", *rest]


if __name__ == "__main__":
    app.run(main, argv=expand_recipe(sys.argv))
