"""What a batch does with names, other files, colours, settings of earlier runs, and sheets."""

import json
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
import skimage
from conftest import contents, files

import kerascolor
from kerascolor import batch, photo
from kerascolor.batch import marks
from kerascolor.commands import main

COFFEE = skimage.data.coffee()[::2, ::2]
GREY = skimage.data.camera()[::2, ::2]


@pytest.fixture
def run(toy_tflite, capsys):
    """Runs `kerascolor colorize` with the toy model, and gives status, last line and errors."""

    def run(*arguments):
        status = main.main(["colorize", "--model", str(toy_tflite), *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out.splitlines()[-1:], captured.err.splitlines()

    return run


def save(path, pixels=GREY, **settings):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(pixels).save(path, **settings)
    return path


def sepia(pixels):
    grey = pixels / 255.0
    stain = np.linspace(0, 30, pixels.shape[1])[None, :, None] * [0, 0.5, 1]
    toned = 255 * np.dstack([grey**0.8, 0.95 * grey**0.95, 0.75 * grey]) - stain
    grain = np.random.default_rng(0).normal(0, 6, toned.shape)
    return np.uint8(np.clip(toned + grain, 0, 255))


def test_settings_travel_and_are_checked(toy_tflite, tmp_path, capsys):
    settings = batch.Settings(str(toy_tflite), saturation=0.5)
    assert pickle.loads(pickle.dumps(settings)) == settings
    with pytest.raises(batch.BatchError, match="saturation: give a number") as caught:
        batch.Settings(saturation=-1)
    assert pickle.loads(pickle.dumps(caught.value)).argument == "saturation"
    source = save(tmp_path / "a.png")
    summary = batch.colorize([source], tmp_path / "out", settings)
    assert (summary.status, summary.counts["colorized"]) == (0, 1)
    assert "a.png" in capsys.readouterr().out


@pytest.mark.parametrize("kind", [str, pathlib.Path])
def test_one_input_needs_no_list(toy_tflite, tmp_path, kind):
    source = save(tmp_path / "scans" / "a.png")
    settings = kerascolor.batch.Settings(str(toy_tflite))
    for number, given in enumerate((source, source.parent)):
        out = tmp_path / f"out{number}"
        assert kerascolor.batch.colorize(kind(given), out, settings).status == 0
        assert files(out) == ["a.png"]


def test_a_script_without_a_guard_is_told_what_it_needs(toy_tflite, tmp_path):
    for name in ("a.png", "b.png"):
        save(tmp_path / "scans" / name)
    script = tmp_path / "script.py"
    script.write_text(
        "import kerascolor\n"
        f"settings = kerascolor.batch.Settings({str(toy_tflite)!r})\n"
        f"kerascolor.batch.colorize({str(tmp_path / 'scans')!r}, 'out', settings)\n"
    )
    done = subprocess.run([sys.executable, script], cwd=tmp_path, stderr=-1, text=True)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(
        "BatchError: a worker process could not start (exit status 1): "
        'a script must call this under `if __name__ == "__main__":`'
    )


def test_other_files_in_folders_are_counted_and_reported(run, tmp_path):
    for name in ("a.png", "b.jpg"):
        save(tmp_path / "scans" / name)
    for name in ("a.PDF", "b.pdf", "c.cr2", "notes", ".hidden.pdf"):
        (tmp_path / "scans" / name).write_bytes(b"no photo")
    report = tmp_path / "r.jsonl"
    status, (line,), errors = run(
        tmp_path / "scans", "-o", tmp_path / "out", "--report", report, "--workers", 1
    )
    assert (status, errors) == (0, [])
    assert line.startswith("2 colorized, 0 skipped, 0 failed: see ")
    assert line.endswith("; 4 passed over: .pdf 2, .cr2 1, no extension 1")
    records = [json.loads(line) for line in report.read_text().splitlines()]
    passed_over = [record for record in records if record["status"] == "passed over"]
    assert {record["input"] for record in passed_over} == {
        str(tmp_path / "scans" / name) for name in ("a.PDF", "b.pdf", "c.cr2", "notes")
    }


def test_where_names_collide_the_folders_are_kept(run, tmp_path):
    for box in ("box1", "box2"):
        save(tmp_path / box / "scan0001.png")
    save(tmp_path / "box2" / "scan0002.png")
    save(tmp_path / "a.png")
    status, _, errors = run(f"{tmp_path}/box*/*.png", tmp_path / "a.png", "-o", tmp_path / "out")
    assert (status, errors) == (0, [])
    assert files(tmp_path / "out") == [
        "a.png",
        "box1/scan0001.png",
        "box2/scan0001.png",
        "box2/scan0002.png",
    ]
    # Folders of one name are told apart by those above them.
    for year in ("1920", "1930"):
        save(tmp_path / year / "box" / "deeper" / "scan.png")
    boxes = [tmp_path / year / "box" for year in ("1920", "1930")]
    assert run(*boxes, "-o", tmp_path / "years")[0] == 0
    assert files(tmp_path / "years") == [
        "1920/box/deeper/scan.png",
        "1930/box/deeper/scan.png",
    ]


def test_formats_that_are_only_read_become_others(run, tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    for name in ("a.gif", "b.ppm", "b.png", "c.jp2"):
        save(scans / name)
    status, (line,), errors = run(scans, "-o", out)
    assert (status, errors) == (0, [])
    assert files(out) == ["a.png", "b.png", "b.ppm.png", "c.tif"]
    assert run(scans / "a.gif", "-o", tmp_path / "a.jpg")[0] == 0
    assert photo.read(tmp_path / "a.jpg").pixels.shape == (256, 256, 3)
    status, _, (error,) = run(scans / "a.gif", "-o", tmp_path / "b.gif")
    assert status == 2 and "ends in none of" in error


def test_a_sheet_that_would_be_another_photo_costs_its_photo_alone(run, tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    for name in ("a.png", "a-compare.png", "b.png"):
        save(scans / name)
    status, (line,), (error,) = run(scans, "-o", out, "--compare")
    assert status == 1 and line.startswith("2 colorized, 0 skipped, 1 failed")
    assert error == (
        f"{scans / 'a.png'}: {scans / 'a-compare.png'} becomes {out / 'a-compare.png'}, too: "
        "colorize it into another folder"
    )
    assert files(out) == ["a-compare-compare.png", "a-compare.png", "b-compare.png", "b.png"]


def test_an_output_that_suits_no_folder_is_refused(run, tmp_path):
    scans = tmp_path / "scans"
    source = save(scans / "a.png")
    before = files(tmp_path)
    for arguments, expected in (
        ((scans, "-o", scans), "never overwritten: choose another folder"),
        ((source, "-o", source), "never overwritten: choose another name"),
        (
            (scans, "-o", tmp_path / "out.jpg"),
            "out.jpg is the name of one photo, not of a folder: choose one without .jpg",
        ),
        ((source, scans, "-o", tmp_path / "out.JPG"), "choose one without .JPG"),
    ):
        status, lines, (error,) = run(*arguments)
        assert (status, lines) == (2, []) and error.endswith(expected), error
    assert files(tmp_path) == before and not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp", ".tif"])
def test_results_say_that_their_colors_were_added(run, tmp_path, toy_tflite, extension):
    exif = PIL.Image.Exif()
    exif[305] = "VueScan"
    packet = marks.EMPTY.replace(marks.END, b'<rdf:Description dc:title="Anna"/>' + marks.END)
    source = save(tmp_path / "a.png", exif=exif)
    original = photo.read(source)
    original.pixels, original.xmp = np.dstack([GREY] * 3), packet
    photo.write(original, source)
    target = tmp_path / f"b{extension}"
    assert run(source, "-o", target, "--saturation", "0.5")[0] == 0
    result = photo.read(target)
    with PIL.Image.open(target) as image:
        software = image.getexif()[305]
    assert software.startswith("VueScan; kerascolor ") and "toy" in software
    assert b'dc:title="Anna"' in result.xmp
    said = marks.read(target)
    assert (said["colors"], said["model"], said["saturation"]) == ("added", "toy", "0.5")
    # Said once, by the last run.
    again = tmp_path / f"c{extension}"
    assert run(target, "-o", again, "--temperature", "1")[0] == 0
    assert photo.read(again).xmp.count(b"kerascolor:model=") == 1
    assert (marks.read(again)["saturation"], marks.read(again)["temperature"]) == ("1", "1")
    assert run(source, "-o", target, "--overwrite", "--no-mark")[0] == 0
    assert marks.read(target) == {} and photo.read(target).xmp == packet


def test_marks_are_found_in_a_packet_of_a_megabyte(tmp_path):
    own = marks.mark(photo.Photo(GREY), {"model": "toy"}).xmp.partition(b'about="" ')[2]
    image = PIL.Image.fromarray(GREY)
    for beginning in (b"<rdf:Description ", b'<rdf:Description xmlns:kerascolor="'):
        packet = beginning * (2**20 // len(beginning)) + own
        image.save(tmp_path / "a.webp", xmp=packet)
        assert marks.read(tmp_path / "a.webp") == {"model": "toy"}
        marked = marks.mark(photo.read(tmp_path / "a.webp"), {"model": "unet"})
        assert marked.xmp.count(b"kerascolor:model=") == 1


def test_photos_without_a_word_of_themselves_are_marked(run, tmp_path):
    for extension in (".jpg", ".bmp"):
        target = tmp_path / f"b{extension}"
        assert run(save(tmp_path / "a.png"), "-o", target)[0] == 0
        assert photo.read(target).pixels.shape == (256, 256, 3)
        assert bool(marks.read(target)) == (extension == ".jpg")


def test_settings_of_an_earlier_run_are_told(run, tmp_path, toy_tflite):
    scans, out = tmp_path / "scans", tmp_path / "out"
    for name in ("a.png", "b.jpg"):
        save(scans / name)
    assert run(scans, "-o", out)[0] == 0
    _, (line,), _ = run(scans, "-o", out)
    assert line.startswith("0 colorized, 2 skipped, 0 failed: what is skipped exists already")
    status, (line,), _ = run(scans, "-o", out, "--saturation", "1.2")
    again = "; --overwrite colorizes them again)"
    assert status == 0
    assert line == f"0 colorized, 2 skipped (made with --saturation 1{again}, 0 failed"
    run(scans / "a.png", "-o", out, "--temperature", "0.2", "--overwrite")
    _, (line,), _ = run(scans, "-o", out, "--saturation", "1.2")
    assert "1 made with --temperature 0.2 --saturation 1" in line and "1 made with --sat" in line
    _, (line,), _ = run(scans / "b.jpg", "-o", out, "--temperature", "0.2")
    assert f"(made with the default --temperature{again}" in line
    _, (line,), _ = run(scans / "b.jpg", "-o", out, "--model", "unet")
    assert f"(made with --model toy{again}" in line


def test_what_a_foreign_photo_says_is_cut_and_is_no_command_to_a_terminal(run, tmp_path):
    source, out = save(tmp_path / "a.png"), tmp_path / "out"
    name = "\x1b[31m two\nlines " + "x" * 100_000
    marked = marks.mark(photo.Photo(GREY), {"model": name, "y" * 100_000: "z"})
    out.mkdir()
    photo.write(marked, out / "a.png")
    report = tmp_path / "r.jsonl"
    status, (line,), _ = run(source, "-o", out, "--report", report)
    assert status == 0 and len(line) < 300
    assert "made with --model \\x1b[31m two lines xxx" in line
    assert len(report.read_text()) < 1000


def test_a_model_that_does_not_exist_is_told_though_all_is_skipped(run, tmp_path):
    source = save(tmp_path / "a.png")
    assert run(source, "-o", tmp_path / "out")[0] == 0
    status, lines, (error,) = run(source, "-o", tmp_path / "out", "--model", "nobody")
    assert (status, lines) == (2, []) and "nobody" in error


def test_photos_in_color_are_told_and_can_be_kept(run, tmp_path):
    scans, report = tmp_path / "scans", tmp_path / "r.jsonl"
    save(scans / "colour.png", COFFEE)
    save(scans / "sepia.jpg", sepia(GREY))
    save(scans / "grey.png", np.dstack([GREY] * 3))
    status, (line,), _ = run(scans, "-o", tmp_path / "all")
    assert status == 0
    note = "(1 in colour already; --keep-color passes such photos over)"
    assert line.startswith(f"3 colorized {note}, 0 skipped, 0 failed: see ")
    kept = tmp_path / "kept"
    status, (line,), _ = run(scans, "-o", kept, "--keep-color", "--report", report)
    assert status == 0
    assert line.startswith("2 colorized, 0 skipped, 0 failed, 1 kept in colour: see ")
    assert files(kept) == ["grey.png", "sepia.jpg"]
    records = [json.loads(line) for line in report.read_text().splitlines()]
    (record,) = [record for record in records if record["status"] == "passed over"]
    assert record["input"] == str(scans / "colour.png")
    assert record["reason"] == "in colour already"
    # What has got its colours is in colour, like any other photo.
    assert run(kept / "grey.png", "-o", tmp_path / "again.png", "--keep-colour")[0] == 0
    assert not (tmp_path / "again.png").exists()


def test_samples_have_a_sheet_and_are_counted_by_photo(run, tmp_path, sampling_tflite):
    scans = tmp_path / "scans"
    model = ("--model", sampling_tflite)
    save(scans / "astronaut.png")
    save(scans / "box 1" / "coffee.webp")
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    status, (line,), _ = run(scans, "-o", first, *model, "--samples", 3, "--seed", 4)
    assert (status, line) == (0, f"2 colorized, 0 skipped, 0 failed: see {first}")
    assert files(first) == sorted(
        f"{stem}-{n}{end}"
        for stem, end in (("astronaut", ".png"), ("box 1/coffee", ".webp"))
        for n in (1, 2, 3, "samples")
    )
    sheet = photo.read(first / "astronaut-samples.png").pixels
    assert sheet.shape == (2 * 256 + 8, 3 * 256 + 2 * 8, 3)
    np.testing.assert_array_equal(sheet[:256, :256], np.dstack([GREY] * 3))
    for n, (top, left) in enumerate([(0, 264), (0, 528), (264, 0)], 1):
        sample = photo.read(first / f"astronaut-{n}.png").pixels
        np.testing.assert_array_equal(sheet[top : top + 256, left : left + 256], sample)
    run(scans, "-o", again, *model, "--samples", 3, "--seed", 4)
    assert contents(again) == contents(first)
    run(scans, "-o", other, *model, "--samples", 3)
    assert not set(contents(other).values()) & set(contents(first).values())
    (first / "astronaut-2.png").unlink()
    _, (line,), _ = run(scans, "-o", first, *model, "--samples", 3, "--seed", 4)
    assert line.startswith("1 colorized, 1 skipped, 0 failed")
    assert contents(again) == contents(first)


def test_grey_and_color_side_by_side(run, tmp_path):
    source = save(tmp_path / "a.png", np.tile(GREY, (5, 6)))
    assert run(source, "-o", tmp_path / "b.png", "--compare")[0] == 0
    result, sheet = (photo.read(tmp_path / f"b{end}.png").pixels for end in ("", "-compare"))
    assert result.shape == (1280, 1536, 3)
    height, width = sheet.shape[:2]
    assert (height, width) == (667, 2 * 800 + 8)
    assert np.ptp(sheet[:, :800].astype(int), axis=-1).max() == 0
    assert np.ptp(sheet[:, -800:].astype(int), axis=-1).mean() > 5


def test_a_report_has_names_as_they_are_and_the_settings(run, tmp_path):
    source, report = save(tmp_path / "Tante Käthe.png"), tmp_path / "r.jsonl"
    assert run(source, "-o", tmp_path / "out", "--report", report, "--temperature", "1")[0] == 0
    line = report.read_text(encoding="utf-8")
    assert "Tante Käthe.png" in line
    record = json.loads(line)
    assert record["model"] == "toy"
    assert (record["settings"]["temperature"], record["settings"]["saturation"]) == ("1", "1")


def test_a_photo_in_place_of_a_command_gets_a_suggestion(tmp_path, capsys):
    source = save(tmp_path / "my photo.png")
    with pytest.raises(SystemExit) as stopped:
        main.main([str(source)])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert f"kerascolor colorize '{source}' --output" in error and error.count("\n") == 1
