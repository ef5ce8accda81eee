"""What a release refuses, and what it writes of a run."""

import json

import pytest

from kerascolor import presets
from kerascolor.models import UNet
from tools import release


def test_a_quantization_that_costs_too_much_is_refused():
    unquantized = {"psnr": 24.0, "lpips": 0.16}
    release.check_quantization({"psnr": 23.9, "lpips": 0.162}, unquantized)
    for figures in ({"psnr": 23.8, "lpips": 0.16}, {"psnr": 24.0, "lpips": 0.164}):
        with pytest.raises(ValueError, match="choose another --quantization"):
            release.check_quantization(figures, unquantized)


def test_a_worse_preset_never_replaces_a_better_one(tmp_path):
    weights = tmp_path / "new.weights.h5"
    weights.write_bytes(b"other weights")
    model = UNet(widths=(8, 8, 8, 8))
    before = presets.find("unet").metrics["psnr"]
    release.check_better("unet", model, {"psnr": before + 0.1}, weights)
    with pytest.raises(ValueError, match=f"preset 'unet' stays: its psnr is {before}"):
        release.check_better("unet", model, {"psnr": before}, weights)
    # The same weights may be exported anew.
    same = presets.path("unet", "weights")
    release.check_better("unet", model, {"psnr": before}, same)


def test_a_run_is_described_from_what_it_left(tmp_path):
    flags = {"image_size": 96, "batch_size": 4, "learning_rate": 0.1}
    (tmp_path / "flags.json").write_text(json.dumps(flags))
    # Epoch 1 was done twice, for the run was killed.
    (tmp_path / "history.csv").write_text("epoch,loss\n0,3\n1,2\n1,2\n2,1\n")
    line = release.describe_run(tmp_path, "scratch")
    assert (
        line == "epochs: 3, of crops of 96 pixels; batch 4; highest learning rate 0.1; from scratch"
    )
