"""The studies that train: the family under equal conditions, and the plain baselines."""

import subprocess
import sys

import numpy as np
import pytest
from small_models import SMALL

from tools.studies import compare, equal, runs


def test_the_best_and_the_nearest_are_found():
    lpips = {"a": 0.20, "b": 0.13, "c": 0.19, "d": 0.15}
    assert equal.best_two(lpips) == ["b", "d"]
    assert set(equal.nearest_two(lpips)) == {"a", "c"}


def test_a_finished_run_is_not_trained_again(split_folder, tmp_path, capsys):
    shared = {"photos": str(split_folder), "image_size": 32, "batch_size": 2, "epochs": 1}
    fields = {**shared, "model": "autoencoder", "config": {"widths": (4, 4)}}
    first, second = (runs.train_run(tmp_path / "plain", fields) for _ in range(2))
    assert first == second
    assert "is finished" in capsys.readouterr().out
    assert runs.read_history(first)["seconds"][0] > 0
    runs.draw_losses([first], tmp_path / "losses.png")
    assert (tmp_path / "losses.png").stat().st_size > 1000
    with pytest.raises(ValueError, match="seed was 0 in the run"):
        runs.train_run(tmp_path / "plain", {**fields, "seed": 1})


@pytest.mark.slow
def test_a_baseline_stands_in_the_table_of_the_program(split_folder, tmp_path):
    settings = [f"--photos={split_folder}", f"--runs={tmp_path / 'runs'}", f"--output={tmp_path}"]
    program = [sys.executable, "-m", "tools.studies.baselines", "--epochs=1", *settings]
    done = subprocess.run([*program, "--only=autoencoder_2_levels"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "| autoencoder_2_levels | " in done.stdout
    assert (tmp_path / "baselines_losses.png").stat().st_size > 1000
    done = subprocess.run([*program, "--only=resnet"], capture_output=True, text=True)
    assert "--only resnet is unknown: use autoencoder_mse" in done.stderr


@pytest.mark.slow
def test_all_are_trained_and_stand_in_one_table(split_folder, tmp_path):
    shared = {"photos": str(split_folder), "image_size": 32, "batch_size": 2, "epochs": 1}

    def measure(weights):
        numbers = {path: {"lpips": 0.1 + 0.01 * n, "psnr": 20.0} for n, path in enumerate(weights)}
        return {**numbers, "grey": {"lpips": 0.3, "psnr": 22.0}}

    table = equal.train_all(tmp_path, {**shared, "seed": 0}, measure, SMALL)
    names = [row[0] for row in compare.table_rows(table)[1:]]
    assert names[:8] == list(equal.METHODS)
    assert names[8:10] == ["l2_yuv_photo", "l1_yuv_photo"]
    assert all(name.endswith("_again") for name in names[10:12]) and names[12:] == ["grey"]
    assert len(list(tmp_path.glob("*/model.weights.h5"))) == 12
    assert np.isfinite([figures["lpips"] for figures in table.values()]).all()
