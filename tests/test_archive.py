"""Large batches: interrupted, resumed, with photos and disks that fail, and reported."""

import functools
import itertools
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import time

import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
from conftest import PROGRAM, heed_ctrl_c

from kerascolor import atomic, color, photo
from kerascolor.commands import main

COFFEE = skimage.data.coffee()
# Where a process tells which others it started.
CHILDREN = pathlib.Path(f"/proc/self/task/{os.getpid()}/children")
needs_proc = pytest.mark.skipif(not CHILDREN.exists(), reason="needs Linux' /proc")


def make_scans(folder, count):
    """A folder with so many photos, no two alike, of three formats."""
    folder.mkdir()
    for number, extension in zip(range(count), itertools.cycle((".jpg", ".png", ".tif"))):
        grey = np.roll(COFFEE[..., 1], 7 * number, axis=1)
        PIL.Image.fromarray(grey).save(folder / f"{number:03}{extension}")
    return folder


@pytest.fixture
def start(toy_tflite):
    """Starts `kerascolor colorize` in a session of its own."""

    def start(*arguments, **settings):
        command = [*PROGRAM, "colorize", "--model", toy_tflite, "--workers", "2", *arguments]
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **settings}
        # A shell's background jobs, such as these tests may be, ignore Ctrl-C.
        settings.setdefault("preexec_fn", heed_ctrl_c)
        return subprocess.Popen(list(map(str, command)), start_new_session=True, **settings)

    return start


@pytest.fixture
def run(start):
    """Runs it, and gives status, output and errors."""

    def run(*arguments, **settings):
        with start(*arguments, **settings) as process:
            output, errors = process.communicate(timeout=300)
        assert "Traceback" not in errors
        return process.returncode, output.splitlines(), errors.splitlines()

    return run


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def descendants(pid):
    """Process ids of what a process has started, and of what these have."""
    try:
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [found for child in children for found in (int(child), *descendants(child))]


def workers(pid):
    """Process ids of the workers, which a server of the first process starts."""
    return [found for child in descendants(pid) for found in descendants(child)]


def wait_until(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def are_gone(pids):
    return not any(map(is_alive, pids))


def is_alive(pid):
    """Whether a process runs; one that has ended may wait for its parent to notice."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.slow
@needs_proc
def test_killed_20_times_the_result_is_an_uninterrupted_runs(start, run, tmp_path):
    scans, out = make_scans(tmp_path / "scans", 60), tmp_path / "out"
    assert run(scans, "--output", tmp_path / "whole")[0] == 0
    generator = random.Random(6)
    finished = {}
    for number, count in enumerate(sorted(generator.sample(range(55), 20))):
        with start(scans, "--output", out) as process:
            if number:
                wait_until(functools.partial(has_results, out, count))
            time.sleep(generator.uniform(0, 0.03))
            started = descendants(process.pid)
            # The first process alone, or all of them as when a machine goes down.
            if number % 2:
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        for name, status in finished_in(out).items():
            assert finished.setdefault(name, status) == status
        if number % 4 == 1:
            wait_until(functools.partial(are_gone, started))
    status, lines, errors = run(scans, "--output", out)
    assert (status, errors) == (0, [])
    assert 0 < int(lines[-1].split()[0]) <= 60 - len(finished)
    assert finished.items() <= finished_in(out).items()
    # No other files than the results, either.
    assert contents(out) == contents(tmp_path / "whole")


def has_results(folder, count):
    return len(finished_in(folder)) >= count


def finished_in(folder):
    """What tells each result from one that was written again."""
    found = {}
    for path in folder.iterdir() if folder.exists() else ():
        if not path.name.startswith(atomic.PREFIX):
            status = path.stat()
            found[path.name] = status.st_ino, status.st_mtime_ns
    return found


@needs_proc
@pytest.mark.parametrize("kill", [os.kill, os.killpg])
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_first(start, tmp_path, kill, signal_number):
    scans = make_scans(tmp_path / "scans", 300)
    with start(scans, "--output", tmp_path / "out") as process:
        process.stdout.readline()
        wait_until(lambda: len(workers(process.pid)) == 2)
        started = descendants(process.pid)
        kill(process.pid, signal_number)
        output, errors = process.communicate(timeout=60)
    assert errors == ""
    wait_until(functools.partial(are_gone, started))
    if signal_number == signal.SIGINT:
        assert process.returncode == 130
        assert output.splitlines()[-1].startswith("interrupted: ")
        assert not list((tmp_path / "out").glob(".*"))


@needs_proc
def test_a_worker_that_dies_costs_its_photo_alone(start, tmp_path):
    scans = make_scans(tmp_path / "scans", 100)
    with start(scans, "--output", tmp_path / "out") as process:
        process.stdout.readline()
        os.kill(workers(process.pid)[0], signal.SIGKILL)
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    (line,) = errors.splitlines()
    name = pathlib.Path(line.split(":")[0]).name
    assert "its process died (exit status -9)" in line
    assert output.splitlines()[-1].startswith("99 colorized, 0 skipped, 1 failed")
    assert {path.name for path in scans.iterdir()} - set(contents(tmp_path / "out")) == {name}


def test_what_a_killed_run_began_is_removed_and_what_others_write_stays(run, tmp_path):
    scans, out = make_scans(tmp_path / "scans", 1), tmp_path / "out"
    out.mkdir()
    stale = out / f"{atomic.PREFIX}0123456789abcdef"
    stale.write_bytes(b"half a photo")
    with atomic.replacing(out / "other.png") as file:
        file.write(b"a photo")
        assert run(scans, "--output", out)[0] == 0
        assert not stale.exists()
    assert contents(out).keys() == {"000.jpg", "other.png"}


def test_a_disk_that_is_full_is_told_and_the_rest_goes_on(run, tmp_path):
    scans = make_scans(tmp_path / "scans", 4)
    PIL.Image.fromarray(np.zeros((3000, 10), np.uint8)).save(scans / "small.png")

    def allow_little():
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    status, lines, errors = run(scans, "--output", tmp_path / "out", preexec_fn=allow_little)
    assert status == 1
    assert len(errors) == 4 and all("can't be written: File too large" in line for line in errors)
    assert lines[-1].startswith("1 colorized, 0 skipped, 4 failed")
    assert contents(tmp_path / "out").keys() == {"small.png"}


def test_inputs_that_vanish_are_told_and_the_rest_goes_on(run, tmp_path):
    scans = make_scans(tmp_path / "scans", 3)
    (scans / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    status, lines, errors = run(scans, "--output", tmp_path / "out")
    assert status == 1
    assert errors == [f"{scans / 'gone.jpg'}: can't be read: No such file or directory"]
    assert lines[-1].startswith("3 colorized, 0 skipped, 1 failed")


def test_a_folder_that_can_not_be_made_costs_its_photos_alone(run, tmp_path):
    scans, out = make_scans(tmp_path / "scans", 2), tmp_path / "out"
    shutil.copytree(scans, scans / "box")
    out.mkdir()
    (out / "box").write_text("in the way")
    status, lines, errors = run(scans, "--output", out)
    assert status == 1
    assert len(errors) == 2 and all("can't be made a folder" in line for line in errors)
    assert lines[-1].startswith("2 colorized, 0 skipped, 2 failed")


def test_the_report_has_a_line_for_each_photo(run, tmp_path):
    scans, out, path = make_scans(tmp_path / "scans", 3), tmp_path / "out", tmp_path / "r.jsonl"
    (scans / "bad\n\udce9.jpg").write_bytes(b"Dear grandmother")
    shutil.copy(scans / "000.jpg", tmp_path)
    inputs = [scans, tmp_path / "none.jpg"]
    assert run(scans / "000.jpg", "--output", out / "000.jpg")[0] == 0
    assert run(*inputs, "--output", out, "--report", path)[0] == 1
    records = {}
    for line in path.read_text().splitlines():
        record = json.loads(line)
        records[pathlib.Path(record["input"]).name] = record
    assert {name: record["status"] for name, record in records.items()} == {
        "000.jpg": "skipped",
        "001.png": "colorized",
        "002.tif": "colorized",
        "bad\n\udce9.jpg": "failed",
        "none.jpg": "failed",
    }
    done = records["002.tif"]
    assert (done["output"], done["reason"]) == (str(out / "002.tif"), None)
    assert done["size"] == [600, 400] and done["seconds"] > 0
    assert "not a photo" in records["bad\n\udce9.jpg"]["reason"]
    assert records["none.jpg"]["output"] is None


def test_a_report_that_can_not_be_begun_is_told(run, tmp_path):
    scans, path = make_scans(tmp_path / "scans", 1), tmp_path / "nowhere" / "report.jsonl"
    status, lines, errors = run(scans, "--output", tmp_path / "out", "--report", path)
    assert (status, lines) == (2, [])
    assert len(errors) == 1 and "--report" in errors[0]


def test_the_report_goes_on_behind_a_line_that_was_cut(run, tmp_path):
    scans, path = make_scans(tmp_path / "scans", 2), tmp_path / "report.jsonl"
    path.write_text('{"status": "skipped"}\n{"input": "sc')
    for _ in range(2):
        assert run(scans, "--output", tmp_path / "out", "--report", path)[0] == 0
    whole, cut, *lines = path.read_text().splitlines()
    assert (whole, cut) == ('{"status": "skipped"}', '{"input": "sc')
    statuses = [json.loads(line)["status"] for line in lines]
    assert statuses == ["colorized"] * 2 + ["skipped"] * 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no disk that is always full")
def test_a_lost_report_is_told_and_loses_no_photo(run, tmp_path):
    scans, path = make_scans(tmp_path / "scans", 2), tmp_path / "report.jsonl"
    path.symlink_to("/dev/full")
    status, lines, errors = run(scans, "--output", tmp_path / "out", "--report", path)
    assert status == 1
    assert errors == [f"{path}: can't be written: No space left on device"]
    assert lines[-1].startswith("2 colorized, 0 skipped, 0 failed")


def test_the_number_of_workers_makes_no_difference(run, tmp_path):
    scans = make_scans(tmp_path / "scans", 5)
    for workers in (1, 3):
        arguments = ["--output", tmp_path / f"{workers}", "--workers", workers, "--threads", 3]
        assert run(scans, *arguments)[0] == 0
    assert contents(tmp_path / "1") == contents(tmp_path / "3")


@pytest.mark.parametrize("extension", [".png", ".tif"])
@pytest.mark.parametrize("bits", [8, 16])
def test_the_luminance_is_the_photos(tmp_path, extension, bits):
    grey = cv2.resize(COFFEE[..., 1], (1201, 1603), interpolation=cv2.INTER_CUBIC)
    if bits == 16:
        noise = np.random.default_rng(0).integers(0, 257, grey.shape, np.uint16)
        grey = np.minimum(grey, 254) * np.uint16(257) + noise
    paths = [str(tmp_path / f"{name}{extension}") for name in ("grey", "colour")]
    cv2.imwrite(paths[0], grey)
    assert main.main(["colorize", paths[0], "--output", paths[1]]) == 0
    before, after = (photo.read(path).pixels / np.float32(2**bits - 1) for path in paths)
    before, after = (
        100 * color.rgb_to_luminance_chroma(rgb)[0] for rgb in (np.dstack([before] * 3), after)
    )
    assert np.abs(before - after).mean() < 0.3
