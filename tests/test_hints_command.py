"""`kerascolor colorize` with --hint, --hints and --reference."""

import contextlib
import json

import numpy as np
import PIL.Image
import pytest
from conftest import PHOTOS, files

from kerascolor import batch, metrics, photo
from kerascolor.batch import marks
from kerascolor.commands import main


@pytest.fixture
def run(hinted_tflite, capsys):
    """Runs `kerascolor colorize` with the hinted model, and gives status, last line and errors."""

    def run(*arguments):
        status = None
        with contextlib.suppress(SystemExit):
            status = main.main(["colorize", "--model", str(hinted_tflite), *map(str, arguments)])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out.splitlines()[-1:], captured.err.splitlines()

    return run


def saturation_at(path, x, y):
    return np.linalg.norm(metrics.lab(photo.read(path).pixels)[y, x, 1:])


def b_of(path):
    """The mean b of Lab, which is 27.5 where the model sees a point."""
    return metrics.lab(photo.read(path).pixels)[..., 2].mean()


def test_points_are_followed_and_remembered(run, scans, tmp_path):
    source, target = scans / "astronaut.png", tmp_path / "out.png"
    points = ("--hint", "100,120=#4a7a5a", "--hint", "30,30=white")
    assert run(source, "-o", target, *points)[0] == 0
    assert saturation_at(target, 30, 30) < 5
    assert marks.read(target)["hints"] == "100,120=#4a7a5a 30,30=#ffffff"
    assert run(source, "-o", target, *points)[1][0].startswith("0 colorized, 1 skipped, 0 failed: ")
    for others in ((), ("--hint", "30,30=white")):
        _, (line,), _ = run(source, "-o", target, *others)
        assert "skipped (made with other --hint points; --overwrite colorizes" in line


def test_a_file_has_the_points_of_many_photos(run, scans, tmp_path):
    found = tmp_path / "points.json"
    point = {"x": 40, "y": 50, "color": "#807060"}
    found.write_text(json.dumps({"box 1/coffee.webp": [point], "elsewhere.jpg": [point]}))
    out = tmp_path / "out"
    assert run(scans, "-o", out, "--hints", found)[0] == 0
    assert files(out) == ["astronaut.png", "box 1/coffee.webp", "coffee.JPG"]
    assert b_of(out / "box 1" / "coffee.webp") > 10
    assert b_of(out / "coffee.JPG") < 3
    assert marks.read(out / "box 1" / "coffee.webp")["hints"] == "40,50=#807060"
    assert "hints" not in marks.read(out / "coffee.JPG")


def test_a_reference_is_taken_for_all_and_remembered(run, scans, tmp_path):
    reference, out = tmp_path / "other.jpg", tmp_path / "out"
    PIL.Image.fromarray(PHOTOS["astronaut"]).save(reference)
    assert run(scans, "-o", out, "--reference", reference)[0] == 0
    for name in files(out):
        assert metrics.lab(photo.read(out / name).pixels)[..., 1].mean() > 10
        assert marks.read(out / name)["reference"] == "other.jpg"
    _, (line,), _ = run(scans, "-o", out)
    assert "3 skipped (made with --reference other.jpg;" in line


def test_a_color_that_does_not_exist_there_is_told_in_a_line(run, scans, tmp_path):
    source = tmp_path / "white.png"
    PIL.Image.fromarray(np.full((64, 64), 245, np.uint8)).save(source)
    status, _, (error,) = run(source, "-o", tmp_path / "out.png", "--hint", "5,6=blue")
    assert status == 0
    assert error.startswith(f"{source}: there is no 5,6=#0000ff as bright as the photo is there")


def test_the_points_are_those_of_the_upright_photo(run, tmp_path):
    pixels = PIL.Image.fromarray(PHOTOS["astronaut"]).convert("L").resize((60, 90))
    exif = PIL.Image.Exif()
    exif[0x112] = 6
    source, target = tmp_path / "lying.jpg", tmp_path / "out.png"
    pixels.save(source, exif=exif)
    # Upright it is 90 wide and 60 high.
    assert run(source, "-o", target, "--hint", "85,5=#405060")[0] == 0
    status, _, (error,) = run(source, "-o", tmp_path / "b.png", "--hint", "5,85=#405060")
    assert status == 1
    reason = "the point 5,85 lies outside of the photo, which has 90 x 60 pixels"
    assert error == f"{source}: {reason}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hint", "812=red"], "--hint: '812=red' is no point: give X,Y=COLOUR, such as 812,430="),
        (["--hint", "8,4=grren"], "--hint: 'grren' is no colour: give one as CSS has it"),
        (["--hint", "8,4=red", "--hints", "a.json"], "--hint: stands beside --hints"),
        (["--hints", "none.json"], "--hints: none.json can't be read: No such file"),
        (["--reference", "none.jpg"], "--reference: none.jpg"),
    ],
)
def test_mistakes_are_told_in_one_line(run, scans, tmp_path, arguments, message):
    status, lines, (error,) = run(scans / "astronaut.png", "-o", tmp_path / "o.png", *arguments)
    assert (status, lines) == (2, [])
    assert error.startswith(f"kerascolor: {message}")
    assert not (tmp_path / "o.png").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "it is not JSON: "),
        ("[]", "it holds no object of photos' names and their points"),
        ('{"astronaut.png": [[1, 2]]}', "the points of 'astronaut.png' are no list of objects"),
        (
            '{"astronaut.png": [{"x": 1, "y": 2, "color": "grren"}]}',
            "the points of 'astronaut.png': 'grren' is no colour",
        ),
        ('{"no.png": []}', "has none of the photos, but no.png"),
    ],
)
def test_a_file_of_something_else_is_named(run, scans, tmp_path, content, message):
    path = tmp_path / "points.json"
    path.write_text(content)
    status, _, (error,) = run(scans / "astronaut.png", "-o", tmp_path / "o.png", "--hints", path)
    assert status == 2
    assert error.startswith("kerascolor: --hints: ") and message in error


def test_points_of_one_photo_are_not_for_several(run, scans, tmp_path):
    status, _, (error,) = run(scans, "-o", tmp_path / "out", "--hint", "8,4=red")
    assert status == 2
    assert error.startswith("kerascolor: --hint: is for one photo, and there are 3")
    assert not (tmp_path / "out").exists()


def test_a_grey_reference_is_refused(run, scans, tmp_path):
    arguments = ("--reference", scans / "coffee.JPG")
    status, _, (error,) = run(scans / "astronaut.png", "-o", tmp_path / "o.png", *arguments)
    assert status == 2
    assert error.startswith("kerascolor: --reference: the reference is grey")


def test_a_model_that_takes_none_says_so(run, toy_tflite, scans, tmp_path):
    start = (scans / "astronaut.png", "-o", tmp_path / "o.png", "--model", toy_tflite)
    for flag, value in (("--hint", "8,4=red"), ("--reference", scans / "coffee.JPG")):
        status, _, (error,) = run(*start, flag, value)
        assert status == 2
        assert error == f"kerascolor: {flag}: {toy_tflite} takes none: leave it out"


def test_points_travel_in_the_settings(hinted_tflite, scans, tmp_path, capsys):
    from kerascolor import Hint

    settings = batch.Settings(str(hinted_tflite), hints={"coffee.JPG": (Hint(9, 9, "#807060"),)})
    assert batch.colorize(scans, tmp_path / "out", settings).status == 0
    assert b_of(tmp_path / "out" / "coffee.JPG") > 10
