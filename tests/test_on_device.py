"""What docs/on-device.md promises: its Python example runs, its golden pairs are of the presets."""

import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
import skimage

from kerascolor import presets
from tools import golden

DOCS = pathlib.Path(__file__).parents[1] / "docs"
PRESETS = sorted(presets.read())


def python_example():
    page = (DOCS / "on-device.md").read_text(encoding="utf-8")
    example, *_ = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return example


# The page's examples read chroma, which is what all presets but this one give.
@pytest.mark.parametrize("name", [name for name in PRESETS if name != "autoencoder"])
def test_the_pages_python_example_colorizes_a_photo(tmp_path, name):
    (tmp_path / "example.py").write_text(python_example(), encoding="utf-8")
    shutil.copy(presets.path(name, "tflite"), tmp_path / "model.tflite")
    grey = PIL.Image.fromarray(skimage.data.cat()).convert("L")
    grey.save(tmp_path / "grey.png")
    command = [sys.executable, "example.py", "model.tflite", "grey.png", "colour.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with PIL.Image.open(tmp_path / "colour.png") as picture:
        assert picture.size == grey.size
        colour = skimage.color.rgb2lab(np.asarray(picture))
    original = skimage.color.rgb2lab(np.asarray(grey.convert("RGB")))
    assert np.hypot(colour[..., 1], colour[..., 2]).mean() > 3
    assert np.abs(colour[..., 0] - original[..., 0]).mean() < 1.5


@pytest.fixture(params=PRESETS)
def pair(request):
    """Path of a preset's .tflite, and its golden inputs and output."""
    with np.load(DOCS / "golden" / f"{request.param}.npz") as file:
        arrays = dict(file)
    path = presets.path(request.param, "tflite")
    written_for = str(arrays.pop("tflite_sha256"))
    assert written_for == presets.sha256(path), "run python -m tools.golden"
    (output,) = {"chroma", "rgb"} & set(arrays)
    return path, arrays, arrays.pop(output), output


def within_tolerance(given, wanted):
    mean, percentile = golden.difference(given, wanted)
    return mean <= golden.MEAN_TOLERANCE and percentile <= golden.PERCENTILE_TOLERANCE


def test_a_preset_gives_its_golden_output(pair):
    path, inputs, wanted, output = pair
    assert all(array.dtype == np.float32 for array in [*inputs.values(), wanted])
    given = golden.run(path, inputs)[output]
    assert within_tolerance(given, wanted), golden.difference(given, wanted)


@pytest.mark.parametrize("change", [lambda x: 1 - x, lambda x: 100 * x, lambda x: x[:, :, ::-1]])
def test_the_tolerance_tells_wrong_luminance(pair, change):
    path, inputs, wanted, output = pair
    wrong = np.ascontiguousarray(change(inputs["luminance"]))
    given = golden.run(path, {**inputs, "luminance": wrong})[output]
    assert not within_tolerance(given, wanted)


def test_the_page_names_the_tolerance():
    page = (DOCS / "on-device.md").read_text(encoding="utf-8")
    page = " ".join(page.split())
    assert f"mean should be at most {golden.MEAN_TOLERANCE}" in page
    assert f"percentile at most {golden.PERCENTILE_TOLERANCE}" in page


def test_a_golden_pair_is_written_as_before(tmp_path):
    for name in ("one", "other"):
        golden.write(presets.path("unet", "tflite"), tmp_path / f"{name}.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    assert (tmp_path / "one.npz").stat().st_size < 300_000
