"""The command where something around it is short, closed, gone or in the way."""

import os
import pathlib
import resource
import signal
import subprocess
import time

import numpy as np
import PIL.Image
import pytest
import skimage
from conftest import PROGRAM

from kerascolor import atomic, batch, photo
from kerascolor.batch import jobs
from kerascolor.batch.worker import Worker
from kerascolor.commands import main

GREY = skimage.data.camera()[::2, ::2]


@pytest.fixture
def scans(tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        PIL.Image.fromarray(GREY).save(folder / name)
    return folder


@pytest.fixture
def command(toy_tflite, scans, tmp_path):
    """The command line that colorizes two photos into the folder "out"."""
    command = [*PROGRAM, "colorize", scans, "-o", tmp_path / "out", "--model", toy_tflite]
    return list(map(str, command))


def one_line(done):
    """The line on standard error of a command that could not begin."""
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("kerascolor: ")
    return line


def run(command, **settings):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **settings)


def test_a_long_path_for_temporary_files(command, tmp_path):
    folder = tmp_path / ("d" * 137)
    folder.mkdir()
    assert "set TMPDIR" in one_line(run(command, env={**os.environ, "TMPDIR": str(folder)}))


def test_a_working_directory_that_is_gone(command, tmp_path):
    (tmp_path / "gone").mkdir()
    shell = ["sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', str(tmp_path / "gone"), *command]
    done = run(shell)
    if done.returncode:
        assert "No such file or directory" in one_line(done)


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [
        (resource.RLIMIT_NOFILE, 5, "Too many open files"),
        (resource.RLIMIT_NOFILE, 10, "Too many open files"),
        (resource.RLIMIT_AS, 200_000_000, "memory"),
        (resource.RLIMIT_AS, 400_000_000, "memory"),
        (resource.RLIMIT_AS, 500_000_000, "memory"),
    ],
)
def test_low_limits(command, limit, value, reason):
    done = run(command, preexec_fn=lambda: resource.setrlimit(limit, (value, value)))
    line = one_line(done)
    assert reason in line and "damaged" not in line


def test_a_limit_that_leaves_enough_memory(command, scans):
    (scans / "b.png").unlink()
    limit = (resource.RLIMIT_AS, (2**34, 2**34))
    done = run(command, preexec_fn=lambda: resource.setrlimit(*limit))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("1 colorized, 0 skipped, 0 failed")


@pytest.mark.parametrize("count", [1, 2])
def test_closed_standard_error(command, scans, count):
    (scans / "b.png").write_bytes(b"no photo")
    if count == 1:
        (scans / "a.png").unlink()
    done = run(["sh", "-c", 'exec "$@" 2>&-', "sh", *command])
    assert done.returncode == 1
    assert f"{count - 1} colorized, 0 skipped, 1 failed" in done.stdout.splitlines()[-1]


def test_a_report_that_is_a_pipe(scans, tmp_path, toy_tflite, capsys):
    os.mkfifo(tmp_path / "r.jsonl")
    arguments = [scans / "a.png", "-o", tmp_path / "out", "--report", tmp_path / "r.jsonl"]
    status = main.main(["colorize", "--model", str(toy_tflite), *map(str, arguments)])
    assert status == 2
    assert "--report: " in (error := capsys.readouterr().err) and error.count("\n") == 1


@pytest.mark.parametrize("count", [1, 2])
def test_a_termination_leaves_nothing_unfinished(command, scans, tmp_path, count):
    # So large that its writing takes a while.
    PIL.Image.fromarray(np.tile(GREY, (16, 16))).save(scans / "a.png")
    if count == 1:
        (scans / "b.png").unlink()

    def unfinished():
        return list((tmp_path / "out").glob(f"{atomic.PREFIX}*"))

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while not unfinished() and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output.splitlines()[-1].startswith("interrupted: ")
    assert not unfinished()


def test_an_output_folder_that_becomes_a_link_is_not_written_into(toy_tflite, scans, tmp_path):
    out = tmp_path / "out"
    (job,), failures = jobs.make_folders([jobs.Job(scans / "a.png", out / "b.png")])
    assert not failures
    worker = Worker(batch.Settings(str(toy_tflite)), 1)
    before = (scans / "b.png").read_bytes()
    out.rename(tmp_path / "moved")
    out.symlink_to(scans)
    assert "another folder" in worker.colorize(job).reason
    assert (scans / "b.png").read_bytes() == before
    assert {path.name for path in scans.iterdir()} == {"a.png", "b.png"}


def test_damaged_photos_are_done_as_far_as_they_go_if_asked_for(
    scans, tmp_path, toy_tflite, capsys
):
    PIL.Image.fromarray(GREY).save(tmp_path / "whole.jpg")
    content = (tmp_path / "whole.jpg").read_bytes()
    source, target = tmp_path / "half.jpg", tmp_path / "out.jpg"
    source.write_bytes(content[: len(content) // 2])
    arguments = ["colorize", "--model", str(toy_tflite), str(source), "-o", str(target)]
    assert main.main(arguments) == 1
    error = capsys.readouterr().err
    assert "half.jpg" in error and error.endswith("; --damaged colorizes what there is\n")
    assert not target.exists()
    assert main.main([*arguments, "--damaged"]) == 0
    assert photo.read(target).pixels.shape == (256, 256, 3)
    # Of some files nothing is left.
    source.write_bytes(content[:30])
    assert main.main([*arguments, "--overwrite"]) == 1
    assert "--damaged" not in capsys.readouterr().err


def test_the_largest_photo_is_a_setting(scans, tmp_path, toy_tflite, capsys):
    PIL.Image.fromarray(np.zeros((1001, 1000), np.uint8)).save(scans / "a.png")
    target = tmp_path / "out.png"
    arguments = ["colorize", "--model", str(toy_tflite), str(scans / "a.png"), "-o", str(target)]
    assert main.main([*arguments, "--max-megapixels", "1"]) == 1
    assert "1000 x 1001 pixels are more than" in capsys.readouterr().err
    assert main.main([*arguments, "--max-megapixels", "2"]) == 0
    assert pathlib.Path(target).exists()
