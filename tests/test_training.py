"""Training, called from Python, and as a program where signals and flags matter."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from kerascolor import models
from kerascolor.train import ConfigError, TrainConfig, train

# The plain autoencoder: the quickest to build of those in the table.
SMALL = {
    "model": "autoencoder",
    "config": {"color_space": "lab", "widths": [4, 4]},
    "image_size": 32,
    "batch_size": 2,
}
FLAGS = ["--config", json.dumps(SMALL["config"]), "--image_size=32", "--batch_size=2"]


def run_config(folder, run, **changes):
    return TrainConfig(**{"photos": str(folder), "output": str(run), **SMALL, **changes})


def program(folder, run, *arguments):
    start = [sys.executable, "-m", "kerascolor.train", f"--photos={folder}", f"--output={run}"]
    return [*start, *arguments]


def history(run):
    with open(run / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


def interrupt(monkeypatch, after):
    """Makes the next training end after this many epochs, as if killed."""
    save = keras.callbacks.BackupAndRestore.on_epoch_end

    def save_and_stop(self, epoch, logs=None):
        save(self, epoch, logs)
        if epoch + 1 == after:
            raise KeyboardInterrupt

    monkeypatch.setattr(keras.callbacks.BackupAndRestore, "on_epoch_end", save_and_stop)


@pytest.fixture
def interrupted(split_folder, tmp_path, monkeypatch):
    """A run of four epochs that ended after two of them."""
    run = tmp_path / "run"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt(patch, after=2)
        train(run_config(split_folder, run, epochs=4))
    return run


def test_a_run_leaves_everything_that_is_promised(split_folder, tmp_path, capsys):
    run = tmp_path / "run"
    weights = train(run_config(split_folder, run, epochs=2))
    assert weights == run / "model.weights.h5"
    assert {path.name for path in run.iterdir()} == {
        "flags.json",
        "history.csv",
        "curves.png",
        "pictures",
        "logs",
        "model.weights.h5",
    }
    assert len(list((run / "pictures").glob("epoch-*.png"))) == 2
    assert [row["epoch"] for row in history(run)] == ["0", "1"]
    assert all(float(row["seconds"]) > 0 for row in history(run))
    assert models.load(weights).get_config()["color_space"] == "lab"

    assert train(run_config(split_folder, run, epochs=2)) == weights
    assert "is finished" in capsys.readouterr().out
    with pytest.raises(ConfigError, match=r"^epochs was 2 in the run .*: choose a new folder"):
        train(run_config(split_folder, run, epochs=3))


def test_an_interrupted_run_goes_on_from_its_last_epoch(split_folder, interrupted):
    train(run_config(split_folder, interrupted, epochs=4))
    assert [row["epoch"] for row in history(interrupted)] == ["0", "1", "2", "3"]
    assert not (interrupted / "backup").exists()


def test_a_run_whose_newest_backup_was_cut_goes_on_from_the_one_before(
    split_folder, interrupted, capsys
):
    metadata = interrupted / "backup" / "training_metadata.json"
    metadata.write_text('{"epo')
    train(run_config(split_folder, interrupted, epochs=4))
    assert f"{metadata} or its weights are cut: 1 epochs are left" in capsys.readouterr().out
    # The epoch that is done again is listed once.
    assert [row["epoch"] for row in history(interrupted)] == ["0", "1", "2", "3"]


def test_a_run_whose_backups_are_both_damaged_says_which_file(split_folder, interrupted):
    for path in (interrupted / "backup").glob("training_metadata.json*"):
        path.write_text("")
    with pytest.raises(ValueError, match="training_metadata.json is damaged, and so is"):
        train(run_config(split_folder, interrupted, epochs=4))
    shutil.rmtree(interrupted / "backup")
    train(run_config(split_folder, interrupted, epochs=4))
    assert [row["epoch"] for row in history(interrupted)] == ["0", "1", "2", "3"]


def test_a_start_that_failed_can_be_corrected(split_folder, tmp_path):
    run = tmp_path / "run"
    with pytest.raises(FloatingPointError, match="became nan at .*; lower learning_rate"):
        train(run_config(split_folder, run, epochs=1, learning_rate=1e38, clip_norm=0.0))
    assert not (run / "model.weights.h5").exists()
    train(run_config(split_folder, run, epochs=1))
    assert json.loads((run / "flags.json").read_text())["learning_rate"] == 1e-3


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"model": "classifier", "config": {"freeze_encoder": True}},
            ConfigError,
            "^config freezes an encoder that has learnt nothing: give encoder_weights, or weights",
        ),
        ({"photos": "nowhere"}, FileNotFoundError, "nowhere is not a folder"),
        ({"weights": "no.weights.h5"}, FileNotFoundError, "no.weights.h5: no such file"),
        ({"config": {"width": 3}}, ConfigError, "^config does not fit autoencoder: .*width"),
        ({"model": "resnet"}, ConfigError, "^model 'resnet' is unknown: use autoencoder"),
        ({"epochs": 0}, ConfigError, "^epochs is 0: give at least 1"),
        ({"degrade": 1.5}, ConfigError, "^degrade is 1.5: give at most 1.0"),
    ],
)
def test_a_mistake_names_the_argument(split_folder, tmp_path, changes, error, message):
    with pytest.raises(error, match=message):
        train(run_config(split_folder, tmp_path / "run", **changes))
    assert not (tmp_path / "run").exists()


INFRARED = {
    "model": "unet",
    "config": {"encoder": None, "widths": [4, 8], "color_space": "visible"},
    "photo_loss": {"perceptual": 0.1, "pixel": 1, "colorfulness": 1},
}


def test_pairs_are_learnt_from_after_photos_with_made_infrared(split_folder, pair_folder, tmp_path):
    first = train(run_config(split_folder, tmp_path / "first", epochs=1, **INFRARED))
    changes = {**INFRARED, "photos": None, "pairs": f"{pair_folder},{pair_folder}"}
    second = train(run_config(None, tmp_path / "second", epochs=1, weights=str(first), **changes))
    assert models.load(second).takes_infrared
    # Of two folders of four pairs, two in a step.
    (row,) = history(tmp_path / "second")
    assert float(row["val_loss"]) > 0
    for wrong, message in (
        ({"photos": str(split_folder)}, "^photos or pairs, one of them"),
        ({"pairs": None}, "^photos or pairs, one of them"),
        (SMALL, "^pairs are for models of infrared: give photos to autoencoder"),
        ({"degrade": 0.5}, "^degrade is for grey photos, and this model sees infrared"),
    ):
        with pytest.raises(ConfigError, match=message):
            train(run_config(None, tmp_path / "none", **{**changes, **wrong}))


def test_a_folder_of_something_else_is_left_alone(split_folder):
    with pytest.raises(ConfigError, match="is not empty and not a run"):
        train(run_config(split_folder, split_folder))


def test_errors_of_finished_photos_can_count(split_folder, tmp_path):
    found = []
    for weight in (0, 10):
        run = tmp_path / str(weight)
        photo_loss = {"perceptual": 0, "colorfulness": 0, "pixel": weight}
        train(run_config(split_folder, run, epochs=1, photo_loss=photo_loss))
        found.append(float(history(run)[0]["val_loss"]))
    assert found[0] < 0.9 * found[1]
    with pytest.raises(ConfigError, match="^photo_loss is {'nothing': 1}: "):
        train(run_config(split_folder, tmp_path / "none", photo_loss={"nothing": 1}))


def test_batch_normalization_can_stay_as_it_is(split_folder, tmp_path):
    unet = {"model": "unet", "config": {"encoder": None, "widths": [4, 8]}}
    train(run_config(split_folder, tmp_path / "run", epochs=1, freeze_batch_norm=True, **unet))
    model = models.load(tmp_path / "run" / "model.weights.h5")
    means = [variable for variable in model.weights if variable.path.endswith("/moving_mean")]
    assert means
    assert not any(np.any(mean) for mean in means)


@pytest.mark.slow
def test_a_hinted_classifier_starts_from_a_classifiers_weights(split_folder, tmp_path):
    base = models.BinClassifier(widths=(8, 8, 8, 8))
    models.save_weights(base, tmp_path / "base.weights.h5")
    changes = {
        "model": "hinted_classifier",
        "config": {"widths": [8, 8, 8, 8], "hint_widths": [8, 8, 8, 8]},
        "photo_loss": {"perceptual": 0, "colorfulness": 1, "pixel": 1},
    }
    with pytest.raises(ConfigError, match="^config freezes an encoder that has learnt nothing"):
        train(run_config(split_folder, tmp_path / "run", epochs=1, **changes))
    changes["weights"] = str(tmp_path / "base.weights.h5")
    trained = models.load(train(run_config(split_folder, tmp_path / "run", epochs=1, **changes)))
    assert len(list((tmp_path / "run" / "pictures").iterdir())) == 1
    luminance = np.random.default_rng(0).random((1, 32, 32, 1), np.float32)
    np.testing.assert_array_equal(trained(luminance), base(luminance))
    assert np.any(trained.logits.get_layer("hint_correction").kernel)


@pytest.mark.slow
def test_the_program_survives_a_kill_and_takes_recipes(split_folder, tmp_path):
    run = tmp_path / "run"
    arguments = ["--recipe=autoencoder", *FLAGS, "--epochs=30"]
    with subprocess.Popen(
        program(split_folder, run, *arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            if (run / "history.csv").exists() and len(history(run)) >= 3:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert 3 <= len(history(run)) < 30
    done = subprocess.run(
        program(split_folder, run, *arguments), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert [int(row["epoch"]) for row in history(run)] == list(range(30))
    assert not (run / "backup").exists()
    # A flag after the recipe overrides the recipe's.
    assert json.loads((run / "flags.json").read_text())["image_size"] == 32
    assert json.loads((run / "flags.json").read_text())["cosine_decay"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config={"], "kerascolor.train: --config is {, which is not a JSON object"),
        (["--recipe=nothing"], "kerascolor.train: recipe 'nothing' is unknown: use one of"),
    ],
)
def test_a_mistake_in_a_flag_is_one_clear_line(split_folder, tmp_path, arguments, message):
    done = subprocess.run(
        program(split_folder, tmp_path / "run", *arguments), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
