"""python -m kerascolor.evaluation: what it measures, and what it says of bad input."""

import json
import pathlib
import shutil
import subprocess
import sys

import cv2
import keras
import numpy as np
import PIL.Image
import pytest

from kerascolor import metrics, models, squares
from kerascolor.evaluation import colorizers, evaluate, tables
from kerascolor.evaluation.evaluate import Protocol
from kerascolor.figures import FIGURES

PHOTOS = pathlib.Path(__file__).parent.parent / "examples" / "photos" / "color"
SIZE = 64
AT_64 = Protocol(image_size=SIZE)


@pytest.fixture(scope="module")
def originals():
    paths = sorted(PHOTOS.glob("*.jpg"))[:4]
    return list(squares.read_all(PHOTOS, paths, SIZE))


@pytest.fixture
def results(tmp_path):
    """A folder of perfect results as PNG, of four photos, and the folder of those photos."""
    photos, results = tmp_path / "photos", tmp_path / "results"
    (photos / "deeper").mkdir(parents=True)
    (results / "deeper").mkdir(parents=True)
    for path in sorted(PHOTOS.glob("*.jpg"))[:4]:
        shutil.copy(path, photos / "deeper")
        PIL.Image.open(path).save(results / "deeper" / f"{path.stem}.png")
    return results, photos


def test_the_grey_photo_keeps_lightness_and_loses_colour(originals):
    for _, original in originals:
        grey = cv2.cvtColor(evaluate.remove_color(original), cv2.COLOR_GRAY2RGB)
        before, after = metrics.lab(original), metrics.lab(grey)
        assert np.abs(before[..., 0] - after[..., 0]).max() < 0.5
        assert np.abs(after[..., 1:]).max() < 0.1


def test_a_perfect_colorizer_beats_a_blurred_one_and_that_one_grey(originals):
    by_name = dict(originals)

    def blurred(name, _):
        lab = cv2.cvtColor(by_name[name], cv2.COLOR_RGB2LAB)
        lab[..., 1:] = cv2.GaussianBlur(lab[..., 1:], (0, 0), 8)
        return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)

    ways = {"perfect": lambda name, _: by_name[name], "blurred": blurred}
    figures = evaluate.evaluate(originals, ways)
    assert {label: list(names) for label, names in figures.items()} == dict.fromkeys(
        ("perfect", "blurred", "grey"), [name for name, _ in originals]
    )
    perfect, blur, grey = (
        evaluate.average(figures[label].values()) for label in ("perfect", "blurred", "grey")
    )
    assert perfect["psnr"] == pytest.approx(58.92, abs=0.01)
    assert (perfect["auc"], perfect["rebalanced_auc"]) == pytest.approx((100, 100))
    assert (perfect["ciede2000"], perfect["colorfulness_gap"]) == pytest.approx((0, 0), abs=1e-6)
    for better, worse in ((perfect, blur), (blur, grey)):
        for name in ("psnr", "ssim", "auc", "rebalanced_auc", "colorfulness"):
            assert better[name] > worse[name]
        assert better["ciede2000"] < worse["ciede2000"]
    assert grey["colorfulness"] == 0


def test_a_classifiers_answer_on_the_original_counts_as_right(originals):
    by_name = dict(originals)
    ways = {
        "perfect": lambda name, _: by_name[name],
        "first": lambda name, _: originals[0][1],
    }
    # Each original is a class of its own.
    figures = evaluate.evaluate(originals, ways, classifier=lambda rgb: hash(rgb.tobytes()))
    top1 = {label: evaluate.average(own.values())["top1"] for label, own in figures.items()}
    assert top1 == {"perfect": 1, "first": 0.25, "grey": 0}
    lines = tables.text({"result": {"top1": 0.25}, "grey": {"top1": 0.5}})
    assert lines[1].split() == ["top-1", "agreement", "0.250", "0.500", "-0.250"]


def test_rebalanced_auc_of_photos_is_that_of_all_their_pixels(originals):
    (_, first), (_, second) = originals[:2]
    both = np.concatenate([first, second])
    grey = cv2.cvtColor(evaluate.remove_color(both), cv2.COLOR_GRAY2RGB)
    apart = [
        evaluate.measure(g, o) for g, o in zip(np.split(grey, 2), (first, second), strict=True)
    ]
    together = evaluate.measure(grey, both)
    for name in ("auc", "rebalanced_auc"):
        assert evaluate.average(apart)[name] == pytest.approx(together[name], rel=1e-5)


def test_a_folder_of_results_is_matched_by_name_whatever_the_extension(results):
    report = evaluate.report(*results, AT_64)
    assert report["count"] == 4
    assert report["figures"]["result"]["psnr"] == pytest.approx(58.92, abs=0.01)
    assert report["figures"]["grey"]["psnr"] < 40
    assert all(name.startswith("deeper/") for name in report["photo_figures"]["result"])
    assert json.loads(json.dumps(report)) == report
    lines = tables.text(report["figures"])
    assert len(lines) == len(FIGURES)  # A heading, and no classifier.


def test_limit_spreads_over_the_folder(results):
    report = evaluate.report(*results, Protocol(image_size=SIZE, limit=2))
    first, _, third, _ = sorted(path.name for path in (results[1] / "deeper").iterdir())
    assert list(report["photo_figures"]["grey"]) == [f"deeper/{first}", f"deeper/{third}"]


def test_the_split_is_val_where_a_manifest_says_so(results):
    names = sorted(path.name for path in (results[1] / "deeper").iterdir())
    rows = [f"deeper/{name},{'val' if name == names[2] else 'train'}" for name in names]
    (results[1] / "manifest.csv").write_text("\n".join(["file,split", *rows]))
    assert list(evaluate.report(*results, AT_64)["photo_figures"]["result"]) == [
        f"deeper/{names[2]}"
    ]
    assert evaluate.report(*results, Protocol(split="all", image_size=SIZE))["count"] == 4


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory):
    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("weights") / "model.weights.h5"
    models.save_weights(models.BinClassifier(widths=(8, 8, 8, 8)), path)
    return path


def test_a_weights_file_is_measured_at_the_temperature_asked_for(weights_file, results):
    own, cold = (
        evaluate.report(
            weights_file, results[1], Protocol(image_size=SIZE, temperature=temperature, limit=2)
        )["figures"]
        for temperature in (None, 0.05)
    )
    assert cold["result"] != own["result"]
    assert cold["grey"] == own["grey"]


def test_a_preset_or_tflite_file_runs_as_in_the_command(results, monkeypatch):
    seen = []

    def colorizer(grey, temperature):
        seen.append((grey.shape, grey.dtype, temperature))
        return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)

    monkeypatch.setattr(colorizers, "load", lambda name: {"classifier": colorizer}[name])
    protocol = Protocol(image_size=SIZE, temperature=0.4)
    figures = evaluate.report("classifier", results[1], protocol)["figures"]
    assert seen == [((SIZE, SIZE), np.uint8, 0.4)] * 4
    assert figures["result"] == figures["grey"]


def test_a_size_that_the_model_does_not_take_is_an_error(weights_file, results):
    with pytest.raises(ValueError, match="multiples of 32"):
        evaluate.report(weights_file, results[1], Protocol(image_size=50))


def test_a_damaged_photo_is_left_out_and_named(results, capsys):
    (results[1] / "torn.jpg").write_bytes(b"no photo")
    shutil.copy(results[0] / "deeper" / "admiral.png", results[0] / "torn.png")
    assert evaluate.report(*results, AT_64)["count"] == 4
    assert "torn.jpg can't be decoded" in capsys.readouterr().err


def test_bad_input_is_named(results, tmp_path, weights_file):
    done, photos = results
    empty = tmp_path / "empty"
    empty.mkdir()
    broken = tmp_path / "broken.weights.h5"
    broken.write_bytes(b"no weights")
    cases = [
        ((done, tmp_path / "none"), "none is not a folder"),
        ((done, empty), "empty has no photos"),
        ((empty, photos), "empty has no photos"),
        ((tmp_path / "none.weights.h5", photos), "no such file"),
        ((broken, photos), "broken.weights.h5"),
        (("nosuchmodel", photos), "nosuchmodel"),
        ((done, photos, Protocol(temperature=0.5)), "folder of results: it takes no temperature"),
        ((done, photos, Protocol(classifier=tmp_path / "c.tflite")), "c.tflite: no such"),
    ]
    for arguments, message in cases:
        with pytest.raises((ValueError, OSError), match=message) as error:
            evaluate.report(*arguments)
        assert "\n" not in str(error.value)
    (done / "deeper" / "admiral.png").unlink()
    with pytest.raises(ValueError, match="lacks 1 of 4 results, such as that of deeper/admiral"):
        evaluate.report(done, photos, AT_64)


@pytest.mark.slow
def test_the_command_writes_a_table_by_category(results, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- categories -->\n<!-- end of categories -->\n")
    command = [sys.executable, "-m", "kerascolor.evaluation", f"--model={results[0]}"]
    command += [f"--photos={results[1]}", "--image_size=64", f"--page={page}"]
    failed = subprocess.run(command, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "PSNR (dB)" in failed.stdout
    assert failed.stderr.splitlines()[-1].startswith(
        "kerascolor.evaluation: no table by category: "
    )
    names = sorted(path.name for path in (results[1] / "deeper").iterdir())
    rows = [f"deeper/{name},val,animals" for name in names]
    (results[1] / "manifest.csv").write_text("\n".join(["file,split,content", *rows]))
    subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Written by `python -m kerascolor.evaluation --image_size 64 " in page.read_text()
    assert "| animals | 4 | 58.92 |" in page.read_text()
    assert "No category is below grey." in page.read_text()


@pytest.mark.slow
def test_the_command_ends_with_a_table_or_with_one_line(results, tmp_path):
    command = [sys.executable, "-m", "kerascolor.evaluation", f"--model={results[0]}"]
    output = tmp_path / "figures.json"
    done = subprocess.run(
        [*command, f"--photos={results[1]}", "--image_size=64", f"--output={output}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PSNR (dB)" in done.stdout
    assert json.loads(output.read_text())["count"] == 4
    failed = subprocess.run(
        [*command, f"--photos={tmp_path / 'none'}"], capture_output=True, text=True
    )
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert "kerascolor.evaluation: " in failed.stderr.splitlines()[-1]
