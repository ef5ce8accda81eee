"""The training program, run as its users run it."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from kerascolor import models

# The plain autoencoder: the quickest to build of those in the table.
SMALL = [
    "--model=autoencoder",
    '--config={"color_space": "lab", "widths": [4, 4, 4, 4]}',
    "--image_size=32",
    "--batch_size=2",
]


def command(folder, run, *arguments):
    program = [sys.executable, "-m", "kerascolor.train"]
    return [*program, f"--photos={folder}", f"--output={run}", *arguments]


def train(folder, run, *arguments):
    return subprocess.run(command(folder, run, *arguments), capture_output=True, text=True)


def history(run):
    with open(run / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def folder(photo_folder):
    """Photos with a manifest that puts two into validation."""
    names = sorted(
        p.relative_to(photo_folder).as_posix() for p in photo_folder.rglob("*") if p.is_file()
    )
    rows = [f"{name},{'val' if index < 2 else 'train'}" for index, name in enumerate(names)]
    (photo_folder / "manifest.csv").write_text("\n".join(["file,split", *rows]))
    return photo_folder


def test_a_recipe_trains_and_leaves_everything_that_is_promised(folder, tmp_path):
    run = tmp_path / "run"
    done = train(folder, run, "--recipe=autoencoder", *SMALL, "--epochs=2")
    assert done.returncode == 0, done.stderr
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
    assert models.load(run / "model.weights.h5").get_config()["color_space"] == "lab"
    # A flag after the recipe overrides the recipe's.
    assert json.loads((run / "flags.json").read_text())["batch_size"] == 2

    again = train(folder, run, "--recipe=autoencoder", *SMALL, "--epochs=2")
    assert again.returncode == 0
    assert "is finished" in again.stdout

    other = train(folder, run, "--recipe=autoencoder", *SMALL, "--epochs=3")
    assert other.returncode == 1
    assert "run with another --epochs" in other.stderr
    assert "Traceback" not in other.stderr


def test_a_killed_run_goes_on_from_its_last_epoch(folder, tmp_path):
    run = tmp_path / "run"
    arguments = [*SMALL, "--epochs=60"]
    with subprocess.Popen(
        command(folder, run, *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            if (run / "history.csv").exists() and len(history(run)) >= 3:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    killed_after = len(history(run))
    assert 3 <= killed_after < 60
    done = train(folder, run, *arguments)
    assert done.returncode == 0, done.stderr
    epochs = [int(row["epoch"]) for row in history(run)]
    assert epochs[-1] == 59
    # At most the epoch in which it was killed is done again.
    assert epochs[killed_after] in (killed_after - 1, killed_after)
    assert not (run / "backup").exists()


def test_a_loss_that_is_no_number_ends_the_run_and_overwrites_nothing(folder, tmp_path):
    run = tmp_path / "run"
    done = train(folder, run, *SMALL, "--learning_rate=1e38", "--clip_norm=0", "--epochs=5")
    assert done.returncode == 1
    assert "became nan at" in done.stderr
    assert "lower --learning_rate" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (run / "model.weights.h5").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipe=nothing"], "recipe 'nothing' is unknown: use one of"),
        (
            ["--recipe=classifier", "--photos={photos}", "--output=run"],
            "freezes an encoder that has learnt nothing: give --encoder_weights or --weights",
        ),
        (["--photos=nowhere", "--output=run"], "nowhere is not a folder"),
        (["--photos={photos}", "--output={photos}"], "is not empty and not a run"),
        (["--photos={photos}", "--output=run", "--config={{"], "--config"),
        (
            ["--photos={photos}", "--output=run", "--weights=missing.weights.h5"],
            "missing.weights.h5: no such file",
        ),
        (
            ["--photos={photos}", "--output=run", '--config={{"width": 3}}'],
            "width",
        ),
    ],
)
def test_a_mistake_is_one_clear_line(folder, tmp_path, arguments, message):
    arguments = [argument.format(photos=folder) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-m", "kerascolor.train", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_errors_of_finished_photos_can_count(folder, lpips_file, tmp_path):
    losses = []
    for weight in (0, 10):
        run = tmp_path / f"run{weight}"
        photo_loss = ["--lpips_weights", str(lpips_file), f'--photo_loss={{"pixel": {weight}}}']
        done = train(folder, run, *SMALL, "--epochs=1", "--freeze_batch_norm", *photo_loss)
        assert done.returncode == 0, done.stderr
        losses.append(float(history(run)[0]["val_loss"]))
    assert losses[0] < losses[1]
    done = train(folder, tmp_path / "none", *SMALL, "--photo_loss=nothing", *photo_loss[:2])
    assert done.returncode == 1
    assert "--photo_loss=nothing" in done.stderr.splitlines()[-1]
    vae = ["--model=vae", '--config={"conditional": false, "image_size": 32}', "--image_size=32"]
    done = train(folder, tmp_path / "none", *vae, "--batch_size=2", *photo_loss)
    assert done.returncode == 1
    assert "--lpips_weights does not fit vae" in done.stderr.splitlines()[-1]
