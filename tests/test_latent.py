"""What latent vectors carry, and what a saturation factor does."""

import subprocess
import sys

import numpy as np
import pytest

from kerascolor import models
from tools.studies import latent, settings


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The weights file of a small plain VAE."""
    model = models.VAE(latent_size=6, image_size=32)
    path = tmp_path_factory.mktemp("run") / "model.weights.h5"
    models.save_weights(model, path)
    return path


def test_a_posterior_like_the_prior_carries_nothing(plain):
    model = latent.load(plain)
    generator = np.random.default_rng(0)
    photos = [generator.random((4, 32, 32, c), np.float32) for c in (1, 3)]
    for weight in model.posterior.weights:
        weight.assign(np.zeros(weight.shape))
    # A softplus of log(e - 1) is 1; a hundredth is added to it.
    scale = np.log(np.expm1(1.0 - 0.01))
    bias = next(w for w in model.posterior.weights if w.path.endswith("scale/bias"))
    bias.assign(np.full(6, scale))
    divergence, error = latent.measure(model, [photos])
    assert divergence.shape == (6,)
    assert np.abs(divergence).max() < 1e-6
    bias.assign(np.where(np.arange(6) == 2, -3.0, scale))
    divergence, _ = latent.measure(model, [photos])
    assert np.argmax(divergence) == 2 and (divergence > latent.USED).sum() == 1
    assert error == pytest.approx(np.sqrt(np.mean((photos[1] - 0.5) ** 2)), rel=0.05)


def test_the_program_tells_a_table_and_draws(plain, photo_folder, tmp_path):
    page, picture = tmp_path / "page.md", tmp_path / "latent.png"
    page.write_text("<!-- latent -->\n<!-- end of latent -->\n")
    settings = [f"--models={plain}", f"--photos={photo_folder}"]
    settings += [f"--page={page}", f"--picture={picture}"]
    program = [sys.executable, "-m", "tools.studies.latent"]
    done = subprocess.run([*program, *settings], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"| {plain.parent.name} | 6 |" in page.read_text()
    assert picture.stat().st_size > 1000


def test_a_model_without_latent_vector_is_refused(tmp_path):
    path = tmp_path / "unet.weights.h5"
    models.save_weights(models.MODELS["unet"](encoder=None, widths=(4, 8)), path)
    with pytest.raises(ValueError, match="is a UNet: it has no latent vector"):
        latent.load(path)


def test_saturation_multiplies_chroma(toy_tflite):
    grey = np.full((64, 64), 128, np.uint8)
    made = settings.saturated(str(toy_tflite), [0.0, 1.0, 2.0])
    assert list(made) == ["0", "1", "2"]
    none, once, twice = (colorize("a", grey).astype(float) for colorize in made.values())
    assert np.ptp(none, axis=-1).max() == 0
    assert np.ptp(twice, axis=-1).mean() > 1.5 * np.ptp(once, axis=-1).mean() > 0
