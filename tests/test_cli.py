"""`kerascolor colorize`: from which files to which, and what is told."""

import contextlib
import os
import pathlib
import shutil
import tempfile

import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
from conftest import PHOTOS, contents, files

from kerascolor import photo
from kerascolor.commands import main


def test_a_folder_to_a_folder(run, scans, tmp_path):
    before = contents(scans)
    status, lines, errors = run(scans, "--output", tmp_path / "colour")
    assert (status, errors) == (0, [])
    assert len(lines) == 4
    assert lines[-1] == f"3 colorized, 0 skipped, 0 failed: see {tmp_path / 'colour'}"
    assert files(tmp_path / "colour") == files(scans)
    assert contents(scans) == before
    for name in files(scans):
        result = photo.read(tmp_path / "colour" / name).pixels
        assert result.shape[:2] == photo.read(scans / name).pixels.shape[:2]
        assert np.ptp(result.astype(int), axis=-1).mean() > 5


def test_a_file_to_a_file_of_another_format(run, scans, tmp_path):
    target = tmp_path / "new" / "colour.tif"
    status, lines, _ = run(scans / "coffee.JPG", "--output", target)
    assert status == 0
    assert lines[0].startswith(f"{scans / 'coffee.JPG'} -> {target}")
    assert photo.read(target).pixels.shape == (200, 300, 3)


@pytest.mark.parametrize("output", ["colour", "colour/", "existing.folder"])
def test_a_file_to_a_folder(run, scans, tmp_path, output):
    (tmp_path / "existing.folder").mkdir()
    status, *_ = run(scans / "astronaut.png", "--output", f"{tmp_path}/{output}")
    assert status == 0
    assert files(tmp_path / output) == ["astronaut.png"]


def test_patterns_files_and_folders_to_a_folder(run, scans, tmp_path):
    status, _, errors = run(
        f"{scans}/*.png", f"{scans}/**/*.webp", scans / "coffee.JPG", "--output", tmp_path / "out"
    )
    assert (status, errors) == (0, [])
    assert files(tmp_path / "out") == ["astronaut.png", "coffee.JPG", "coffee.webp"]


def test_a_file_name_may_look_like_a_pattern(run, tmp_path):
    source = tmp_path / "scan[1]*.png"
    PIL.Image.fromarray(PHOTOS["coffee"]).save(source)
    assert run(source, "--output", tmp_path / "out")[0] == 0
    assert files(tmp_path / "out") == ["scan[1]*.png"]


def test_finished_photos_are_skipped(run, scans, tmp_path):
    out = tmp_path / "out"
    run(scans, "--output", out)
    before = contents(out)
    (out / "astronaut.png").write_bytes(b"finished")
    (out / "coffee.JPG").unlink()
    status, lines, _ = run(scans, "--output", out)
    assert (status, lines[-1]) == (0, f"1 colorized, 2 skipped, 0 failed: see {out}")
    assert contents(out) == before | {"astronaut.png": b"finished"}
    status, lines, _ = run(scans, "--output", out, "--overwrite")
    assert (status, lines[-1]) == (0, f"3 colorized, 0 skipped, 0 failed: see {out}")
    assert contents(out) == before


def test_where_nothing_is_written_the_summary_says_why_not_where(run, scans, tmp_path):
    one = scans / "coffee.JPG", "--output", tmp_path / "one.jpg"
    run(*one)
    status, lines, errors = run(*one)
    hint = "what is skipped exists already; --overwrite colorizes it again"
    assert (status, lines, errors) == (0, [f"0 colorized, 1 skipped, 0 failed: {hint}"], [])
    pattern = scans / "*.gif"
    status, lines, errors = run(pattern, "--output", tmp_path / "none")
    assert (status, errors) == (1, [f"{pattern}: no photo matches this pattern"])
    assert lines == ["0 colorized, 0 skipped, 1 failed"]


def test_an_output_folder_inside_the_input_is_no_input(run, scans):
    run(scans, "--output", scans / "colour")
    status, lines, _ = run(scans, "--output", scans / "colour")
    assert (status, lines[-1][:34]) == (0, "0 colorized, 3 skipped, 0 failed: ")


def test_hidden_files_and_other_files_are_left_alone(run, scans, tmp_path):
    (scans / "._astronaut.png").write_bytes(b"not a photo")
    (scans / ".trash").mkdir()
    (scans / ".trash" / "a.png").write_bytes(b"not a photo")
    (scans / "notes.txt").write_text("not a photo")
    assert run(scans, "--output", tmp_path / "out")[0] == 0


def test_settings_change_the_colors(run, scans, tmp_path):
    results = []
    for number, settings in enumerate(
        [[], ["--temperature=1.0"], ["--saturation=0.5"], ["--threads=1"]]
    ):
        target = tmp_path / f"{number}.png"
        assert run(scans / "astronaut.png", "--output", target, *settings)[0] == 0
        results.append(target.read_bytes())
    assert len(set(results)) == 3
    assert results[0] == results[3]


BAD_FILES = {
    "empty.jpg": (b"", "empty"),
    "empty.png": (b"", "empty"),
    "text.jpg": (b"Dear grandmother", "not a photo"),
    "bomb.bmp": (
        b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + (60000).to_bytes(4, "little") * 2
        + b"\1\0\x18\0" + bytes(24),
        "60000 x 60000",
    ),
}  # fmt: skip


def test_bad_files_are_told_and_the_others_done(run, scans, tmp_path):
    whole = (scans / "coffee.JPG").read_bytes()
    bad = {**BAD_FILES, "truncated.jpg": (whole[: len(whole) // 2], "truncated")}
    for name, (content, _) in bad.items():
        (scans / name).write_bytes(content)
    status, lines, errors = run(scans, tmp_path / "missing.jpg", "--output", tmp_path / "out")
    assert status == 1
    assert lines[-1] == f"3 colorized, 0 skipped, 6 failed: see {tmp_path / 'out'}"
    assert files(tmp_path / "out") == ["astronaut.png", "box 1/coffee.webp", "coffee.JPG"]
    assert len(errors) == 6
    for name, (_, reason) in {**bad, "missing.jpg": (b"", "no such file")}.items():
        (line,) = [line for line in errors if name in line]
        assert reason in line


@contextlib.contextmanager
def unprivileged():
    """Makes permissions hold for root, too, who runs the tests in some containers."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def open_folder():
    """A folder that any user may enter and write into, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield pathlib.Path(name)


@pytest.fixture
def run_open(run, toy_tflite, open_folder):
    """Like `run`, with a model that any user may read."""
    model = shutil.copy(toy_tflite, open_folder)
    return lambda *arguments: run("--model", model, *arguments)


def test_an_unreadable_file_is_told(run_open, open_folder):
    PIL.Image.fromarray(PHOTOS["coffee"]).save(open_folder / "a.png")
    run_open(open_folder / "a.png", "--output", open_folder / "warm.png")  # Loads the model.
    (open_folder / "a.png").chmod(0)
    with unprivileged():
        status, lines, errors = run_open(open_folder / "a.png", "--output", open_folder / "new.png")
    assert status == 1
    assert errors == [f"{open_folder / 'a.png'}: can't be read: Permission denied"]
    assert lines[-1].startswith("0 colorized, 0 skipped, 1 failed")


def test_an_unwritable_folder_is_told_before_any_work(run_open, open_folder):
    PIL.Image.fromarray(PHOTOS["coffee"]).save(open_folder / "b.png")
    (open_folder / "out").mkdir()
    (open_folder / "out").chmod(0o555)
    run_open(open_folder / "b.png", "--output", open_folder / "warm.png")  # Loads the model.
    for output in ("out", "out/deeper"):
        with unprivileged():
            status, lines, errors = run_open(
                open_folder / "b.png", "--output", open_folder / output
            )
        assert (status, lines) == (2, [])
        assert len(errors) == 1 and "Permission denied" in errors[0]


def test_a_folder_without_photos_is_told(run, tmp_path):
    (tmp_path / "none").mkdir()
    status, _, errors = run(tmp_path / "none", "--output", tmp_path / "out")
    assert (status, errors) == (1, [f"{tmp_path / 'none'}: no photos in this folder"])
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_photo_by_its_name_is_told(run, scans, tmp_path):
    (scans / "notes.txt").write_text("not a photo")
    status, _, errors = run(scans / "notes.txt", scans / "coffee.JPG", "--output", tmp_path / "out")
    assert status == 1
    assert len(errors) == 1 and "notes.txt: not a photo by its extension" in errors[0]
    assert files(tmp_path / "out") == ["coffee.JPG"]


def test_every_page_of_a_tiff_file_is_colorized(run, tmp_path):
    pages = [PIL.Image.fromarray(PHOTOS[name]) for name in PHOTOS]
    deep = PIL.Image.fromarray(PHOTOS["coffee"][..., 1].astype(np.uint16) * 257)
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=[*pages[1:], deep])
    status, _, errors = run(tmp_path / "a.tif", "--output", tmp_path / "b.tif")
    assert (status, errors) == (0, [])
    results = list(photo.read_pages(tmp_path / "b.tif"))
    assert [page.pixels.shape for page in results] == [(256, 256, 3), (200, 300, 3), (200, 300, 3)]
    assert [page.pixels.itemsize for page in results] == [1, 1, 2]
    for number, page in enumerate(photo.read_pages(tmp_path / "a.tif")):
        PIL.Image.fromarray(page.pixels).save(tmp_path / "page.tif")
        run(tmp_path / "page.tif", "--output", tmp_path / "alone.tif", "--overwrite")
        alone = photo.read(tmp_path / "alone.tif").pixels
        np.testing.assert_array_equal(alone, results[number].pixels)


def test_pages_that_are_left_out_are_told(run, tmp_path):
    frames = [PIL.Image.fromarray(PHOTOS["coffee"])] * 2
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    status, _, errors = run(tmp_path / "a.tif", "--output", tmp_path / "b.png")
    assert (status, errors) == (
        0,
        [f"{tmp_path / 'a.tif'}: only the first of its 2 pages is colorized"],
    )


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_an_input_is_never_overwritten(run, scans, tmp_path, link):
    before = contents(scans)
    target = scans / "coffee.JPG"
    if link:
        target = tmp_path / "link.jpg"
        link(scans / "coffee.JPG", target)
    for arguments in ([scans / "coffee.JPG", "--output", target], [scans, "--output", scans]):
        status, lines, errors = run(*arguments, "--overwrite")
        assert (status, lines) == (2, [])
        assert len(errors) == 1 and "never overwritten" in errors[0]
    assert contents(scans) == before


def test_a_photo_that_is_named_twice_is_done_once(run, scans, tmp_path):
    photo_path = scans / "astronaut.png"
    again = scans / "box 1" / ".." / "astronaut.png"
    status, lines, _ = run(photo_path, photo_path, again, "--output", tmp_path / "out")
    assert status == 0
    assert lines[-1].startswith("1 colorized, 0 skipped, 0 failed")


def test_a_strange_name_takes_one_line(run, tmp_path):
    source = tmp_path / "two\nlines \U0001f600.png"
    PIL.Image.fromarray(PHOTOS["coffee"]).save(source)
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"")
    status, lines, errors = run(tmp_path, "--output", tmp_path / "out")
    assert (status, len(lines), len(errors)) == (1, 2, 1)
    assert "two\\nlines" in lines[0] and "caf\\udce9" in errors[0]


def test_the_preset_colorizes_every_format(tmp_path, capsys):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    grey = skimage.data.coffee()[..., 1]
    for extension in photo.FORMATS:
        PIL.Image.fromarray(grey).save(scans / f"coffee{extension}")
    PIL.Image.fromarray(grey).convert("RGB").save(scans / "rgb.jpg")
    PIL.Image.fromarray(grey).convert("CMYK").save(scans / "cmyk.jpg")
    PIL.Image.fromarray(grey).convert("P").save(scans / "palette.png")
    PIL.Image.fromarray(np.dstack([grey, 255 - grey])).save(scans / "alpha.png")
    for name in ("deep.png", "deep.tif"):
        cv2.imwrite(str(scans / name), np.dstack([grey.astype(np.uint16) * 257] * 3))
    assert main.main(["colorize", str(scans), "--output", str(out)]) == 0
    assert capsys.readouterr().err == ""
    expected = photo.read(out / "coffee.png").pixels.astype(int)
    assert np.ptp(expected, axis=-1).mean() > 8
    for name in files(scans):
        result = photo.read(out / name)
        assert result.pixels.dtype == (np.uint16 if "deep" in name else np.uint8)
        assert (result.alpha is not None) == (name == "alpha.png")
        white = np.iinfo(result.pixels.dtype).max
        assert np.abs(255 / white * result.pixels - expected).mean() < 6, name
