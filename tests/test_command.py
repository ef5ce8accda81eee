"""The command itself: usage, help, terminals and what can't be begun."""

import hashlib
import importlib.metadata
import os
import pty
import signal
import subprocess
import sys
import termios

import PIL.Image
import pytest
from conftest import PHOTOS, PROGRAM, files, heed_ctrl_c, write_tflite

from kerascolor import photo
from kerascolor.commands import main


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--output", "{tmp}/a.gif"], "--output: {tmp}/a.gif ends in none of .jpg"),
        (["--output", "{tmp}/a.png", "--report", "{scans}/coffee.JPG"], ".jsonl"),
        (["--output", ""], "--output: is empty"),
        (
            ["{scans}", "--output", "{scans}/coffee.JPG"],
            "coffee.JPG is the name of one photo, not of a folder",
        ),
        (["--output", "{tmp}/a.png", "--saturation", "-1"], "--saturation: give a number from "),
        (["--output", "{tmp}/a.png", "--saturation", "1e39"], "--saturation: give a number from "),
        (["--output", "{tmp}/a.png", "--temperature", "0"], "--temperature: give a number from "),
        (
            ["--output", "{tmp}/a.png", "--temperature", "1e-38"],
            "--temperature: give a number from ",
        ),
        (["--output", "{tmp}/a.png", "--temperature", "nan"], "--temperature: give a number from "),
        (["--output", "{tmp}/a.png", "--threads", "0"], "--threads: give a number from "),
        (["--output", "{tmp}/a.png", "--samples", "1000000000"], "--samples: give a number from "),
        (["--output", "{tmp}/a.png", "--model", "nobody"], "'nobody'"),
        (["--output", "{tmp}/a.png", "--model", "{scans}/none.tflite"], "none.tflite"),
        (["--output", "{tmp}/a.png", "--model", "{scans}/bad.tflite"], "bad.tflite"),
        (
            ["--output", "{tmp}/a.png", "--model", "{rgb}", "--temperature", "1"],
            "--temperature: {rgb} takes none: leave it out, or use a classifier, such as "
            "--model classifier",
        ),
    ],
)
def test_what_can_not_be_begun_is_told_in_one_line(
    run, scans, tmp_path, rgb_tflite, arguments, reason
):
    (scans / "bad.tflite").write_bytes(b"not a model")
    places = {"tmp": tmp_path, "scans": scans, "rgb": rgb_tflite}
    arguments = [argument.format(**places) for argument in arguments]
    before = files(tmp_path)
    status, lines, errors = run(scans / "astronaut.png", *arguments)
    assert (status, lines) == (2, [])
    assert len(errors) == 1 and reason.format(**places) in errors[0]
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["colorize"],
        ["colorize", "a.jpg"],
        ["colorize", "a.jpg", "--output", "b", "--temperature", "warm"],
        ["colorize", "a.jpg", "--output", "b", "--threads", "1.5"],
        ["colourize"],
    ],
)
def test_usage_errors(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main.main(arguments)
    assert caught.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith("kerascolor") and errors.count("\n") == 1


@pytest.mark.parametrize("command", ["colorize", "video"])
def test_a_percentage_is_no_saturation(command, capsys):
    with pytest.raises(SystemExit):
        main.main([command, "a.jpg", "--output", "b", "--saturation", "70%"])
    error = capsys.readouterr().err
    assert "--saturation: 70% is no factor: give a number from 0 to 100, such as 0.7" in error


@pytest.mark.parametrize("command", ["colorize", "models", "--help", "--version"])
def test_output_that_nobody_reads_is_no_trouble(toy_tflite, scans, tmp_path, command):
    arguments = []
    if command == "colorize":
        arguments = [scans / "astronaut.png", "--output", tmp_path / "a.png", "--model", toy_tflite]
    reading, writing = os.pipe()
    os.close(reading)
    program = [sys.executable, "-m", "kerascolor", command, *map(str, arguments)]
    done = subprocess.run(program, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
    assert (tmp_path / "a.png").exists() == (command == "colorize")


def test_a_seed_without_samples_is_refused(run, scans, tmp_path):
    status, _, errors = run(scans, "--output", tmp_path / "out", "--seed", 3)
    assert status == 2
    assert len(errors) == 1 and "--samples" in errors[0]


def test_alone_it_prints_help(capsys):
    assert main.main([]) == 0
    assert "colorize" in capsys.readouterr().out


def test_models_describes_a_file(toy_tflite, capsys):
    assert main.main(["models", "--file", str(toy_tflite)]) == 0
    assert "name: toy" in capsys.readouterr().out
    assert main.main(["models", "--file", "none.tflite"]) == 2
    assert "none.tflite" in capsys.readouterr().err


def test_models_tells_no_escape_sequences_and_the_files_own_hash(toy_tflite, tmp_path, capsys):
    path = tmp_path / "red.tflite"
    description = {"name": "\x1b[31mred\x9b0m", "color_space": "lab", "temperature": None}
    write_tflite(path, lambda luminance: {"chroma": luminance}, ["luminance"], **description)
    assert main.main(["models", "--file", str(path)]) == 0
    output = capsys.readouterr().out
    assert "name: \\x1b[31mred\\x9b0m" in output
    assert output.isascii() and "\x1b" not in output
    assert f"\nsha256: {hashlib.sha256(path.read_bytes()).hexdigest()}\n" in output
    assert f"\nbytes: {path.stat().st_size}\n" in output


def test_a_terminal_gets_a_bar(toy_tflite, scans, tmp_path):
    leader, follower = pty.openpty()
    os.set_blocking(leader, False)
    termios.tcsetwinsize(follower, (24, 80))
    command = [*PROGRAM, "colorize", scans, "--output", tmp_path / "out", "--model", toy_tflite]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=follower)
    assert done.stdout.decode().splitlines() == [
        f"3 colorized, 0 skipped, 0 failed: see {tmp_path / 'out'}"
    ]
    assert "3/3" in os.read(leader, 100_000).decode()


def test_ctrl_c_ends_cleanly(toy_tflite, tmp_path):
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    PIL.Image.fromarray(PHOTOS["coffee"]).save(tmp_path / "coffee.png")
    for number in range(3000):
        os.link(tmp_path / "coffee.png", scans / f"{number:04}.png")
    command = [*PROGRAM, "colorize", scans, "--output", out, "--model", toy_tflite]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # A shell's background jobs, such as these tests may be, ignore Ctrl-C.
    with subprocess.Popen(command, **pipes, preexec_fn=heed_ctrl_c) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == b""
    summary = output.decode().splitlines()[-1]
    assert summary.startswith("interrupted: ") and summary.endswith("start again to go on")
    assert 0 < len(files(out)) < 3000
    assert all(photo.read(path).pixels.shape == (200, 300, 3) for path in out.iterdir())


def test_neither_tensorflow_nor_keras_is_loaded(toy_tflite, scans, tmp_path):
    program = (
        "import sys; from kerascolor.commands.main import main; main(sys.argv[1:]);"
        "assert not {'tensorflow', 'keras', 'tqdm', 'matplotlib'} & set(sys.modules)"
    )
    command = ["colorize", scans, "--output", tmp_path / "out", "--model", toy_tflite]
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True)
    # LiteRT's own announcement is not shown, either.
    assert (done.returncode, done.stderr) == (0, b"")


def test_help_needs_no_numpy():
    program = (
        "import sys; from kerascolor.commands.main import main; main([]); main(['models']);"
        "assert not {'numpy', 'cv2', 'PIL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_models_lists_the_presets(capsys):
    assert main.main(["models"]) == 0
    output = capsys.readouterr().out
    for name in ("autoencoder", "classifier", "pix2pix", "unet", "vae"):
        assert f"\n{name}: " in f"\n{output}"
    assert "BinClassifier" in output and "MB" in output and "PSNR" in output


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as stopped:
        main.main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.strip() == importlib.metadata.version("kerascolor")


def test_samples_need_a_model_that_draws(run, scans, tmp_path):
    status, _, errors = run(scans, "--output", tmp_path / "out", "--samples", 2)
    assert status == 2 and "--samples: " in errors[-1]
    assert errors[-1].endswith(", such as --model vae")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("missing", ["tensorflow_io", "tensorflow_probability", "skimage"])
def test_missing_extras_are_told(missing):
    lacking = "import importlib.util as u, runpy, sys; found = u.find_spec;"
    lacking += f"u.find_spec = lambda name, *rest: name != {missing!r} and found(name, *rest);"
    run_module = "sys.argv = ['-m']; runpy._run_module_as_main('kerascolor.evaluation.evaluate')"
    for code, expected in (
        ("import kerascolor.train", "ImportError: kerascolor.train"),
        (run_module, "kerascolor.evaluation"),
    ):
        done = subprocess.run([sys.executable, "-c", lacking + code], stderr=-1, text=True)
        assert done.returncode == 1
        (*above, last) = done.stderr.splitlines()
        assert last.startswith(f"{expected} needs more than colorizing does: pip install ")
        assert bool(above) == expected.startswith("ImportError")
