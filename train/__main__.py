"""Trains a model on a folder of photos, or on folders of pairs.

    python -m kerascolor.train --recipe classifier --photos DIR --output RUN
    python -m kerascolor.train --recipe infrared --pairs DIR,DIR2 --output RUN --weights RUN2/...

A recipe is a flag file in train/recipes; any of its flags can be given again after it. Started
again with the same command, a run goes on from its last finished epoch, with other crops and draws
than it would have had without the interruption.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags

from kerascolor import models
from kerascolor.train import trainer

FLAGS = flags.FLAGS
RECIPES = pathlib.Path(__file__).parent / "recipes"
DEFINE = {
    str: flags.DEFINE_string,
    dict: flags.DEFINE_string,
    int: flags.DEFINE_integer,
    float: flags.DEFINE_float,
    bool: flags.DEFINE_bool,
}


def define_flags():
    """A flag for every field of `TrainConfig`."""
    flags.DEFINE_string("recipe", None, "A flag file of train/recipes, by name.")
    for field in dataclasses.fields(trainer.TrainConfig):
        of_type, meaning = trainer.field_type(field), field.metadata["meaning"]
        if field.name == "model":
            flags.DEFINE_enum(field.name, field.default, list(models.MODELS), meaning)
        elif of_type is dict:
            flags.DEFINE_string(field.name, "{}", f"{meaning} As JSON.")
        elif field.default is dataclasses.MISSING:
            DEFINE[of_type](field.name, None, meaning, required=True)
        else:
            DEFINE[of_type](field.name, field.default, meaning)


def read_config():
    """The `TrainConfig` that the flags fill."""
    values = {}
    for field in dataclasses.fields(trainer.TrainConfig):
        value = FLAGS[field.name].value
        if trainer.field_type(field) is dict:
            try:
                value = dict(json.loads(value))
            except (ValueError, TypeError) as error:
                raise trainer.ConfigError(
                    field.name, f"is {value}, which is not a JSON object: {error}"
                ) from error
        values[field.name] = value
    return trainer.TrainConfig(**values)


def main(_):
    message = None
    try:
        trainer.train(read_config())
    except trainer.ConfigError as error:
        message = f"kerascolor.train: --{error}"
    except (ValueError, OSError, FloatingPointError) as error:
        message = f"kerascolor.train: {error}"
    except KeyboardInterrupt:
        message = "kerascolor.train: interrupted; the same command goes on from the last epoch"
    sys.exit(message)


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
    define_flags()
    app.run(main, argv=expand_recipe(sys.argv))
