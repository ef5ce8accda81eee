"""Trains a model on photos or pairs of pictures, and goes on where it was interrupted."""

import contextlib
import dataclasses
import json
import pathlib
import shutil
import typing

import h5py
import keras
import tensorflow as tf

from kerascolor import (
    atomic,
    callbacks,
    efficientnet_lite,
    history,
    losses,
    metrics,
    models,
)
from kerascolor.train import datasets

PICTURES = 6  # Photos in the grid after each epoch.

# In a run's folder: what it was started with, what it goes on from, what it logged, what it gave.
RECORD = "flags.json"
BACKUP = "backup"
HISTORY = "history.csv"
WEIGHTS = "model.weights.h5"
# Keras's files in BACKUP: the newest checkpoint, and the one before it.
CHECKPOINTS = (
    ("latest.weights.h5", "training_metadata.json"),
    ("latest.weights.h5.bkp", "training_metadata.json.bkp"),
)


class ConfigError(ValueError):
    """A field of a `TrainConfig` that can't be used; the message begins with its name.

    Args:
        field: Its name.
        problem: What is wrong with it, and what to do.
    """

    def __init__(self, field, problem):
        super().__init__(f"{field} {problem}")


def _field(meaning, default=dataclasses.MISSING, least=None, most=None):
    metadata = {"meaning": meaning, "least": least, "most": most}
    if default is dict:
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """What a run trains, on what, and how.

    The arguments are the flags of `python -m kerascolor.train`, whose --help says what each means.

    Raises:
        ConfigError: A field is out of its range.

    Example:
        >>> train(TrainConfig(photos="photos", output="run", model="unet", weights="unet"))
    """

    photos: str | None = _field("Folder of photos.", None)
    pairs: str | None = _field(
        "In place of photos: folders of registered pairs of infrared and visible pictures, with "
        "commas between them.",
        None,
    )
    output: str = _field("Folder of the run, new or to go on with.")
    model: str = _field("What to train.", "classifier")
    config: dict = _field("The model's constructor arguments.", dict)
    encoder_weights: str | None = _field("npz of ImageNet weights for the encoder.", None)
    weights: str | None = _field("Preset, .weights.h5 or .keras file to start from.", None)
    image_size: int = _field("Height and width of the crops.", 160, least=8)
    batch_size: int = _field("Crops in a step.", 16, least=1)
    epochs: int = _field("Times through the photos.", 20, least=1)
    learning_rate: float = _field("Highest learning rate.", 1e-3, least=0.0)
    warmup_steps: int = _field("Steps of linear warm-up.", 200, least=0)
    cosine_decay: bool = _field("Let the learning rate fall to 0 by a cosine.", True)
    beta_1: float = _field("Momentum of AdamW.", 0.9, least=0.0, most=1.0)
    weight_decay: float = _field("Weight decay of AdamW; with 0 it is Adam.", 1e-4, least=0.0)
    clip_norm: float = _field("Largest norm of a step's gradients; 0 for any.", 1.0, least=0.0)
    freeze_batch_norm: bool = _field(
        "Keep batch normalization as it is, also that of a decoder.", False
    )
    photo_loss: dict = _field(
        "Weights perceptual, pixel, colorfulness, bleeding and patches of `losses.PhotoLoss`; with "
        "any, errors of finished photos count too.",
        dict,
    )
    degrade: float = _field(
        "Share of crops that are faded, blurred, grained and saved poorly.", 0.0, 0.0, 1.0
    )
    seed: int = _field("Seed of weights, order and crops.", 0)

    def __post_init__(self):
        if self.model not in models.MODELS:
            raise ConfigError("model", f"{self.model!r} is unknown: use {', '.join(models.MODELS)}")
        if (self.photos is None) == (self.pairs is None):
            raise ConfigError("photos", "or pairs, one of them, has to be given")
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            least, most = field.metadata["least"], field.metadata["most"]
            if least is not None and value < least:
                raise ConfigError(field.name, f"is {value}: give at least {least}")
            if most is not None and value > most:
                raise ConfigError(field.name, f"is {value}: give at most {most}")


def field_type(field):
    """The type of a field of `TrainConfig`, without its None."""
    return (typing.get_args(field.type) or (field.type,))[0]


def train(config):
    """Trains what a `TrainConfig` says, and leaves the run in its folder.

    Killed at any moment and called again with the same config, it goes on from the last finished
    epoch. The result is then not the same bit for bit as that of an uninterrupted run: order and
    crops of the photos, dropout and the latent vectors that are drawn are others.

    Args:
        config: `TrainConfig`.

    Returns:
        pathlib.Path: The trained weights, which `models.load` takes.

    Raises:
        ConfigError: A field that does not fit the others, or the run that is to go on.
        ValueError, OSError: Something that the config names is missing, damaged or unusable.
        FloatingPointError: The loss became NaN or infinite.
    """
    output = pathlib.Path(config.output)
    weights = output / WEIGHTS
    check_output(config, output)
    if weights.exists():
        print(f"{output} is finished: {weights}")
        return weights
    steps = max(1, datasets.training_count(config) // config.batch_size)
    keras.utils.set_random_seed(config.seed)
    with _precision():
        with _scope():
            model = build_model(config)
            compile_model(model, config, steps * config.epochs)
        output.mkdir(parents=True, exist_ok=True)
        _check_space(output, model)
        epochs_done = restore_point(output / BACKUP)
        history.cut(output / HISTORY, epochs_done)
        # A run that goes on must not see the crops of its first epochs again.
        keras.utils.set_random_seed(config.seed + epochs_done)
        validation = datasets.batches(config, model, training=False)
        training = datasets.batches(config, model, training=True)
        _write_record(config, output)
        print(f"{config.model}: {model.count_params():,} parameters, {steps} steps an epoch")
        model.fit(
            training.repeat(),
            epochs=config.epochs,
            steps_per_epoch=steps,
            validation_data=validation,
            callbacks=_callbacks(output, validation),
        )
    models.save_weights(model, weights)
    shutil.rmtree(output / BACKUP)
    print(f"Trained: {weights}")
    return weights


@contextlib.contextmanager
def _precision():
    """Half precision where a GPU is present; processors are many times slower with it."""
    policy = keras.config.dtype_policy()
    if tf.config.list_physical_devices("GPU"):
        keras.config.set_dtype_policy("mixed_float16")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def _scope():
    """All GPUs of the machine where there are several, else nothing special."""
    if len(tf.config.list_physical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy().scope()
    return contextlib.nullcontext()


def build_model(config):
    """The model that a config describes, with the weights that it starts from."""
    try:
        model = models.MODELS[config.model](**config.config)
    except TypeError as error:
        raise ConfigError("config", f"does not fit {config.model}: {error}") from error
    if config.pairs and not model.takes_infrared:
        raise ConfigError("pairs", f"are for models of infrared: give photos to {config.model}")
    if config.degrade and model.takes_infrared:
        raise ConfigError("degrade", "is for grey photos, and this model sees infrared")
    if _freezes_encoder(model) and not (config.encoder_weights or config.weights):
        raise ConfigError(
            "config",
            "freezes an encoder that has learnt nothing: give encoder_weights, or weights such as "
            "the preset classifier",
        )
    if config.encoder_weights:
        efficientnet_lite.load_imagenet(model.encoder, config.encoder_weights)
    if config.weights:
        copied = model.start_from(models.load(config.weights))
        print(f"{copied} of {len(model.weights)} weights start from {config.weights}")
    if config.freeze_batch_norm:
        _freeze_batch_norm(model)
    return model


def _freezes_encoder(model):
    encoder = getattr(model, "encoder", None)
    return encoder is not None and any(not layer.trainable for layer in encoder.layers)


def _freeze_batch_norm(model):
    """Keeps statistics and weights of all batch normalizations as they are."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
        elif isinstance(layer, keras.Model):
            _freeze_batch_norm(layer)


def compile_model(model, config, steps):
    """Compiles with AdamW, warm-up and cosine decay over `steps`, and builds the optimizer."""
    learning_rate = config.learning_rate
    if config.cosine_decay:
        warmup = min(config.warmup_steps, steps // 2)
        learning_rate = keras.optimizers.schedules.CosineDecay(
            0.0, max(1, steps - warmup), warmup_target=learning_rate, warmup_steps=warmup
        )
    optimizer = keras.optimizers.AdamW(
        learning_rate,
        beta_1=config.beta_1,
        weight_decay=config.weight_decay,
        global_clipnorm=config.clip_norm or None,
    )
    if config.photo_loss:
        try:
            lpips = metrics.LPIPS()
            model.photo_loss = losses.PhotoLoss(lpips, model.color_space, **config.photo_loss)
        except TypeError as error:
            raise ConfigError("photo_loss", f"is {config.photo_loss}: {error}") from error
    model.compile(optimizer)
    # An optimizer without variables is left out of the backup that a killed run goes on from.
    model.optimizer.build(model.trainable_variables)


def _record(config):
    """What makes a run what it is, and may not change before it goes on."""
    return {
        name: value
        for name, value in dataclasses.asdict(config).items()
        if name not in ("photos", "pairs", "output")
    }


def check_output(config, output):
    """Raises ConfigError where the folder holds something else than this run."""
    record = output / RECORD
    if record.exists():
        begun = (output / WEIGHTS).exists() or history.count_epochs(output / HISTORY)
        found, wanted = json.loads(record.read_text()), json.loads(json.dumps(_record(config)))
        changed = [name for name in wanted if found.get(name) != wanted[name]]
        # A run that failed before its first epoch ended has nothing to lose.
        if changed and begun:
            name = changed[0]
            raise ConfigError(
                name, f"was {found.get(name)!r} in the run {output}: choose a new folder for output"
            )
    elif output.exists() and any(output.iterdir()):
        raise ConfigError("output", f"{output} is not empty and not a run: choose a new folder")


def _write_record(config, output):
    with atomic.replacing(output / RECORD) as file:
        file.write(json.dumps(_record(config), indent=2).encode() + b"\n")


def restore_point(backup):
    """How many epochs a run's backup has finished.

    Where the newest checkpoint was cut by the kill, the one before it takes its place.

    Raises:
        ValueError: Both checkpoints are damaged.
    """
    for files in CHECKPOINTS:
        weights, metadata = (backup / name for name in files)
        try:
            h5py.File(weights).close()
            epochs = int(json.loads(metadata.read_text())["epoch"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if files != CHECKPOINTS[0]:
            print(f"{backup / CHECKPOINTS[0][1]} or its weights are cut: {epochs} epochs are left")
            for name, newest in zip(files, CHECKPOINTS[0], strict=True):
                shutil.copyfile(backup / name, backup / newest)
        return epochs
    if (backup / CHECKPOINTS[1][0]).exists():
        raise ValueError(
            f"{backup / CHECKPOINTS[0][1]} is damaged, and so is the checkpoint before it: remove "
            f"{backup} to start from the beginning"
        )
    # A kill during the very first backup leaves nothing to go on from.
    shutil.rmtree(backup, ignore_errors=True)
    return 0


def _check_space(output, model):
    """Raises OSError where the disk can't hold a run's checkpoints, logs and pictures."""
    # A checkpoint holds three floats a weight, and a new one is written beside the old one.
    needed = 2 * 3 * 4 * model.count_params() + 200_000_000
    free = shutil.disk_usage(output).free
    if free < needed:
        raise OSError(
            f"{output} has {free / 1e6:.0f} MB left and the run needs {needed / 1e6:.0f}: "
            "free some, or choose another folder"
        )


def _callbacks(output, validation):
    batch = next(iter(validation.unbatch().batch(PICTURES)))
    return [
        callbacks.StopAtNaN(),
        callbacks.EpochTime(),
        keras.callbacks.CSVLogger(output / HISTORY, append=True),
        callbacks.Curves(output / HISTORY, output / "curves.png"),
        callbacks.PictureGrid(batch, output / "pictures"),
        keras.callbacks.TensorBoard(output / "logs"),
        # Two, for one may be half-written when a run is killed.
        keras.callbacks.BackupAndRestore(
            output / BACKUP, double_checkpoint=True, delete_checkpoint=False
        ),
    ]
