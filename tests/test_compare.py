"""Comparison, picture sheets and the sweep of a classifier's settings, on small models."""

import json
import pathlib
import subprocess
import sys

import cv2
import keras
import numpy as np
import pytest

from kerascolor import models, squares
from kerascolor.evaluation import colorizers, pages
from kerascolor.models import BinClassifier, ConditionalVAE
from tools import sheet
from tools.studies import compare, settings

PHOTOS = pathlib.Path(__file__).parent.parent / "examples" / "photos" / "color"
SMALL = (16, 16, 16, 16)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights files of a small VAE and a small classifier."""
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    small = {
        "vae": ConditionalVAE(widths=SMALL, latent_size=4),
        "classifier": BinClassifier(widths=SMALL),
    }
    for name, model in small.items():
        # New models give grey, whatever they see.
        for variable in model.trainable_weights:
            variable.assign_add(keras.random.normal(variable.shape, stddev=0.05))
        models.save_weights(model, folder / f"{name}.weights.h5")
    return {name: str(folder / f"{name}.weights.h5") for name in small}


@pytest.fixture
def two_photos(tmp_path):
    folder = tmp_path / "two"
    folder.mkdir()
    for path in sorted(PHOTOS.glob("*.jpg"))[:2]:
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_models_and_grey_stand_in_one_table(weights, two_photos):
    loaded = {path: models.load(path) for path in weights.values()}
    photos = list(squares.read_all(two_photos, sorted(two_photos.iterdir()), 64))
    table = compare.compare(loaded, photos, 64)
    assert list(table) == [*weights.values(), "grey"]
    sampled, classified = (table[path] for path in weights.values())
    assert 0 < sampled["lpips"] < 1
    size = pathlib.Path(weights["classifier"]).stat().st_size
    assert classified["megabytes"] == pytest.approx(size / 1e6)
    rows = compare.table_rows(table)
    assert len({len(row) for row in rows}) == 1
    assert [row[0] for row in rows] == ["model", *map(pages.run_name, table)]


def test_the_program_writes_figures_pictures_and_curves(weights, two_photos, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "history.csv").write_text("epoch,loss,val_loss\n0,2.0,2.1\n1,1.5,1.8\n")
    output = tmp_path / "comparison"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tools.studies.compare"),
            f"--models={weights['classifier']}",
            f"--photos={two_photos}",
            "--split=all",
            "--image_size=64",
            f"--pictures={two_photos}",
            f"--runs={run}",
            f"--output={output}",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "| model |" in done.stdout
    assert set(json.loads((output / "comparison.json").read_text())) == {
        weights["classifier"],
        "grey",
    }
    for number in (1, 2):
        picture = cv2.imread(str(output / f"comparison_{number}.jpg"))
        assert picture.shape == (sheet.LABEL_HEIGHT + 64, 3 * 64, 3)
    assert cv2.imread(str(output / "curves.png")) is not None


def test_strips_are_laid_out_row_by_row():
    strips = [np.full((4, 6, 3), value, np.uint8) for value in (10, 20, 30)]
    picture = sheet.grid(strips, columns=2)
    assert picture.shape == (8 + sheet.GAP, 12 + sheet.GAP, 3)
    assert picture[0, 0, 0] == 10
    assert picture[0, -1, 0] == 20
    assert picture[-1, 0, 0] == 30
    assert picture[-1, -1, 0] == 255


def test_names_stand_above_their_columns():
    strips = [np.full((64, 3 * 64, 3), 200, np.uint8)] * 2
    picture = sheet.labelled(["grey", "", "a name that is much longer than its column"], strips)
    assert picture.shape == (sheet.LABEL_HEIGHT + 2 * 64 + sheet.GAP, 3 * 64, 3)
    for column, written in enumerate((True, False, True)):
        label = picture[: sheet.LABEL_HEIGHT, 64 * column : 64 * (column + 1)]
        assert (label.min() < 128) == written
        # No name reaches into the next column.
        assert (label[:, :2] == 255).all() and (label[:, -2:] == 255).all()
    assert (picture[sheet.LABEL_HEIGHT :][:64] == 200).all()


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet.png"])
def test_a_sheet_is_written_as_its_name_says(tmp_path, name):
    picture = np.tile(np.uint8([200, 100, 50]), (16, 24, 1))
    sheet.write(picture, tmp_path / "made" / name)
    read = cv2.imread(str(tmp_path / "made" / name), cv2.IMREAD_COLOR_RGB)
    np.testing.assert_allclose(read, picture, atol=3)
    with pytest.raises(OSError, match="sheet.xyz can't be written: end it in .jpg or .png"):
        sheet.write(picture, tmp_path / "sheet.xyz")


def test_a_sheets_photos_are_evenly_spaced(tmp_path):
    for index in range(10):
        (tmp_path / f"{index}.jpg").write_bytes(b"")
    paths = sheet.choose(tmp_path, "all", 4)
    assert [path.stem for path in paths] == ["0", "2", "5", "7"]
    assert [p.stem for p in sheet.choose(tmp_path, "all", 64, ["3", "8"])] == ["3", "8"]
    with pytest.raises(ValueError, match="no photo of --names x,y"):
        sheet.choose(tmp_path, "all", 64, ["x", "y"])


def test_a_sheets_hardest_photos_are_those_of_an_evaluation(tmp_path):
    for name in "abcd":
        (tmp_path / f"{name}.jpg").write_bytes(b"")
    evaluation = tmp_path / "evaluation.json"
    figures = {"a.jpg": 3.0, "b.jpg": 9.0, "c.jpg": 7.0, "gone.jpg": 20.0}
    result = {name: {"ciede2000": value} for name, value in figures.items()}
    evaluation.write_text(json.dumps({"photo_figures": {"result": result}}))
    hardest = sheet.choose(tmp_path, "all", 2, evaluation=evaluation)
    assert [path.stem for path in hardest] == ["b", "c"]
    with pytest.raises(ValueError, match="has none of these photos"):
        sheet.choose(tmp_path, "all", 2, ["d"], evaluation)
    for text in ("no json", "{}", "[]"):
        evaluation.write_text(text)
        with pytest.raises(ValueError, match="was not written by kerascolor.evaluation --output"):
            sheet.choose(tmp_path, "all", 2, evaluation=evaluation)


def test_a_classifiers_own_settings_give_what_the_model_gives(weights):
    model = models.load(weights["classifier"])
    grey = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1))
    decoders = settings.Decoders(model, [(0.9, 1.0), (0.5, 1.0)])
    results = [colorize("photo", grey) for colorize in decoders.ways.values()]
    expected = colorizers.of_file(weights["classifier"], 64)(None, grey)
    np.testing.assert_allclose(results[0], expected, atol=1)
    assert list(decoders.ways) == ["0.9, 1", "0.5, 1"]
    saturation = [np.ptp(result, axis=-1).mean() for result in results]
    assert saturation[0] != saturation[1]


def test_an_unknown_preset_is_one_clear_line(two_photos, tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tools.studies.compare", "--models=nothing"),
            f"--photos={two_photos}",
            "--split=all",
            f"--output={tmp_path / 'comparison'}",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "no preset is called 'nothing'" in done.stderr
    assert "Traceback" not in done.stderr
