"""What a release refuses, and what it writes of a run."""

import json
import pathlib
import shutil

import keras
import numpy as np
import pytest

from kerascolor import models, presets, program
from tools import measure, release


def test_a_quantization_that_costs_too_much_is_refused():
    unquantized = {"psnr": 24.0, "lpips": 0.16}
    release.check_quantization({"psnr": 23.9, "lpips": 0.162}, unquantized)
    for figures in ({"psnr": 23.8, "lpips": 0.16}, {"psnr": 24.0, "lpips": 0.164}):
        with pytest.raises(ValueError, match="choose another --quantization"):
            release.check_quantization(figures, unquantized)


def test_a_worse_preset_never_replaces_a_better_one(tmp_path):
    weights = tmp_path / "new.weights.h5"
    weights.write_bytes(b"other weights")
    wanted = release.Release(
        run="run", preset="unet", photos="photos", measured={}, deciding="psnr"
    )
    before = next(iter(presets.find("unet").metrics.values()))["psnr"]
    release.check_better(wanted, {"psnr": before + 0.1}, weights)
    with pytest.raises(ValueError, match=f"preset 'unet' stays: its psnr is {before}"):
        release.check_better(wanted, {"psnr": before}, weights)
    # The same weights may be exported again.
    same = presets.path("unet", "weights")
    release.check_better(wanted, {"psnr": before}, same)


def test_a_run_is_described_from_what_it_left(tmp_path):
    flags = {"image_size": 96, "batch_size": 4, "learning_rate": 0.1}
    (tmp_path / "flags.json").write_text(json.dumps(flags))
    # Epoch 1 was done twice, for the run was killed.
    (tmp_path / "history.csv").write_text("epoch,loss\n0,3\n1,2\n1,2\n2,1\n")
    line = release.describe_run(tmp_path, "scratch")
    assert (
        line == "epochs: 3, of crops of 96 pixels; batch 4; highest learning rate 0.1; from scratch"
    )


@pytest.mark.slow
def test_a_run_becomes_a_preset_with_figures_in_the_documents(tmp_path, monkeypatch):
    keras.utils.set_random_seed(0)
    run, weights, photos = (tmp_path / name for name in ("run", "weights", "photos"))
    for folder in (run, weights, photos, tmp_path / "docs"):
        folder.mkdir()
    model = models.BinClassifier(widths=(8, 8, 8, 8))
    models.save_weights(model, run / "model.weights.h5")
    (run / "flags.json").write_text(
        json.dumps({"image_size": 96, "batch_size": 4, "learning_rate": 0.1})
    )
    (run / "history.csv").write_text("epoch,loss\n0,3\n")
    examples = pathlib.Path(__file__).parent.parent / "examples" / "photos" / "color"
    shutil.copy(examples / "cat.jpg", photos)
    shutil.copy(examples / "lake.jpg", photos)
    (photos / "manifest.csv").write_text("file,split\ncat.jpg,val\nlake.jpg,outside\n")
    sections = "<!-- {0} -->\n<!-- end of {0} -->\n"
    (tmp_path / "README.md").write_text(sections.format("results"))
    card = tmp_path / "docs" / "model-card.md"
    names = ("results", "results on val", "training")
    card.write_text("".join(sections.format(name) for name in names))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program, "name", lambda: "tools.release")
    wanted = release.Release(
        run=str(run),
        preset="tiny",
        photos=str(photos),
        measured={"outside": str(photos), "val": str(photos)},
        quantization="float16",
        image_size=64,
        temperature=0.5,
        start="scratch",
    )
    preset = release.release(wanted, weights)
    measure.write_documents(weights)
    assert list(preset.metrics) == list(preset.grey) == ["outside", "val"]
    assert set(preset.metrics["val"]) == set(preset.grey["val"]) >= {"psnr", "lpips", "auc"}
    assert preset.grey["val"] != preset.grey["outside"]
    description = presets.describe(weights / "tiny.tflite")
    assert (description["temperature"], description["licence"]) == (0.5, "Apache-2.0")
    halved = models.load(weights / "tiny.weights.h5")
    assert halved.config["temperature"] == 0.5
    for one, other in zip(halved.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    for page in (tmp_path / "README.md", card):
        assert "| `tiny` (BinClassifier) | " in page.read_text()
    assert "| `tiny` | epochs: 1, of crops of 96 pixels" in card.read_text()
