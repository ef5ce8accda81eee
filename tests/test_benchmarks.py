"""The benchmarks, with their times replaced or left out: what they run, and what they write."""

import pathlib

import keras
import numpy as np
import pytest

from kerascolor import models, presets
from tools.benchmarks import folders, latency, quantizations

PHOTOS = pathlib.Path(__file__).parent.parent / "examples" / "photos" / "color"


def test_files_are_compared_with_the_first(toy_tflite, rgb_tflite, monkeypatch):
    milliseconds = [[2.0, 6.0, 4.0], [1.0, 1.0, 3.0]]
    monkeypatch.setattr(latency.timing, "latencies", lambda paths, threads, runs: milliseconds)
    first, second = files = latency.benchmark([toy_tflite, rgb_tflite], 3)
    assert [f["bytes"] for f in files] == [p.stat().st_size for p in (toy_tflite, rgb_tflite)]
    assert first["latency_ms"]["1"] == {"median": 4.0, "p90": 5.6, "ratio": 1.0}
    assert second["latency_ms"]["2"] == {"median": 1.0, "p90": 2.6, "ratio": 0.25}
    head, _, *rows = latency.table(files)
    assert head.count("ratio") == 2
    assert rows[1].startswith("| plain.tflite |")
    assert rows[1].endswith("| 1.00 | 2.60 | 0.25 | 1.00 | 2.60 | 0.25 |")


def times(median):
    return {"latency_ms": {"2": {"ratio": median}}}


def test_every_quantization_of_a_model_stands_in_the_table(tmp_path, monkeypatch):
    for index in range(4):
        noise = np.random.default_rng(index).integers(0, 256, (32, 32, 3), np.uint8)
        keras.utils.save_img(tmp_path / f"{index}.png", noise, scale=False)
    for slower in ("dynamic", "int8"):
        monkeypatch.delitem(quantizations.quantize.MODES, slower)
    weights = tmp_path / "small" / "model.weights.h5"
    weights.parent.mkdir()
    models.save_weights(models.MODELS["autoencoder"](widths=(4, 4, 4, 4)), weights)
    found = quantizations.export_all([str(weights)], tmp_path, tmp_path, 32)
    assert list(found) == ["small"]
    files = found["small"]
    written = [presets.describe(path)["quantization"] for path in files]
    assert written == ["none", "float16"]
    speeds = [times(ratio) for ratio in (1.0, 0.9)]
    monkeypatch.setattr(latency, "benchmark", lambda paths, runs: speeds)
    head, *rows = quantizations.rows(found, 30)
    assert {len(row) for row in rows} == {len(head)}
    assert [row[0] for row in rows] == ["small, none", "small, float16"]
    assert [row[2] for row in rows] == ["1.00", "0.90"]
    sizes = [float(row[1]) for row in rows]
    assert sizes == pytest.approx([path.stat().st_size / 1e6 for path in files], abs=0.006)


def test_a_folder_is_read_from_its_text():
    assert folders.Folder.parse("12:60") == folders.Folder(12.0, 60, "jpg")
    assert folders.Folder.parse("0.1:3:tif") == folders.Folder(0.1, 3, "tif")


@pytest.mark.skipif(not pathlib.Path("/proc").exists(), reason="memory is read from /proc")
def test_a_folder_goes_through_the_command_and_pillow(toy_tflite, tmp_path):
    folder = folders.Folder(0.02, 2, "tif")
    figures = folders.measure(toy_tflite, PHOTOS / "cat.jpg", folder, workers=1, runs=1)
    assert figures["decoded"] == pytest.approx(0.06, rel=0.05)
    # An interpreter with NumPy and OpenCV takes tens of megabytes.
    assert figures["peak"] > 30
    figures |= {"command": 3.0, "pillow": 1.5, "peak": 420.0}
    text = "\n".join(folders.page([(folder, figures)], "toy.tflite", 1, 0.3))
    assert "| 2 | 0.02 | tif | 3.00 | 1500.0 | 1.50 | 2.00 | 20 | 420 | 0 |" in text
