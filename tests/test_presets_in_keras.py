"""The presets as Keras models, and the example that goes on training one."""

import pathlib
import runpy

import keras
import numpy as np
import pytest

from kerascolor import models, presets

EXAMPLE = pathlib.Path(__file__).parent.parent / "examples" / "fine_tune.py"


@pytest.mark.parametrize("name", presets.read())
def test_each_preset_loads_into_its_class_and_gives_colors(name):
    preset = presets.find(name)
    model = getattr(models, preset.model).from_preset(name)
    luminance = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None, None]
    target = np.asarray(model(np.tile(luminance, (1, 1, 64, 1))))
    assert np.isfinite(target).all()
    assert target.std() > 1e-3


def test_a_preset_of_another_class_is_named():
    with pytest.raises(presets.PresetError, match="'classifier' is a BinClassifier"):
        models.VAE.from_preset("classifier")


def test_an_argument_can_differ_from_the_presets():
    assert models.UNet.from_preset("unet", freeze_encoder=False).encoder.trainable
    assert not models.UNet.from_preset("unet").encoder.trainable


def test_the_example_goes_on_training_and_saves_a_model(photo_folder, tmp_path):
    names = sorted(
        p.relative_to(photo_folder).as_posix() for p in photo_folder.rglob("*") if p.is_file()
    )
    rows = [f"{name},{'val' if index < 2 else 'train'}" for index, name in enumerate(names)]
    (photo_folder / "manifest.csv").write_text("\n".join(["file,split", *rows]))
    output = tmp_path / "mine.keras"
    fine_tune = runpy.run_path(str(EXAMPLE))["fine_tune"]
    fine_tune(photo_folder, output, epochs=1, image_size=64)
    tuned = keras.saving.load_model(output)
    luminance = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    preset = models.BinClassifier.from_preset("classifier")
    assert np.abs(np.asarray(tuned(luminance)) - preset(luminance)).max() > 0
