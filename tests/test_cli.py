import contextlib
import hashlib
import importlib.metadata
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import termios

import cv2
import numpy as np
import PIL.Image
import pytest
import skimage
from conftest import write_tflite

from kerascolor import photo
from kerascolor.commands import main

PHOTOS = {name: getattr(skimage.data, name)()[::2, ::2] for name in ("astronaut", "coffee")}
PROGRAM = [
    sys.executable,
    "-c",
    "import sys; from kerascolor.commands.main import main; sys.exit(main())",
]


@pytest.fixture
def scans(tmp_path):
    """A folder with three photos, one of them in a subfolder."""
    folder = tmp_path / "scans"
    (folder / "box 1").mkdir(parents=True)
    grey = PIL.Image.fromarray(PHOTOS["astronaut"]).convert("L").convert("RGB")
    grey.save(folder / "astronaut.png")
    PIL.Image.fromarray(PHOTOS["coffee"]).convert("L").save(folder / "coffee.JPG")
    grey = PIL.Image.fromarray(PHOTOS["coffee"]).convert("L").convert("RGB")
    grey.save(folder / "box 1" / "coffee.webp")
    return folder


@pytest.fixture
def run(toy_tflite, capsys):
    """Runs `kerascolor colorize` with the toy model, and gives status, output and errors."""

    def run(*arguments):
        with contextlib.suppress(SystemExit):
            status = None
            status = main.main(["colorize", "--model", str(toy_tflite), *map(str, arguments)])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out.splitlines(), captured.err.splitlines()

    return run


def heed_ctrl_c():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def contents(folder):
    return {name: (folder / name).read_bytes() for name in files(folder)}


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


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--output", "{tmp}/a.gif"], "--output: {tmp}/a.gif ends in none of .jpg"),
        (["--output", "{tmp}/a.png", "--report", "{scans}/coffee.JPG"], ".jsonl"),
        (["--output", ""], "--output: is empty"),
        (["{scans}", "--output", "{scans}/coffee.JPG"], "can't be made a folder"),
        (["--output", "{tmp}/a.png", "--saturation", "-1"], "--saturation: is -1.0: give a"),
        (["--output", "{tmp}/a.png", "--saturation", "1e39"], "--saturation: is 1e+39: give a"),
        (["--output", "{tmp}/a.png", "--temperature", "0"], "--temperature: is 0.0: give a"),
        (["--output", "{tmp}/a.png", "--temperature", "1e-38"], "--temperature: is 1e-38: "),
        (["--output", "{tmp}/a.png", "--temperature", "nan"], "--temperature: is nan: give a"),
        (["--output", "{tmp}/a.png", "--threads", "0"], "--threads: is 0: give a number from 1"),
        (["--output", "{tmp}/a.png", "--samples", "1000000000"], "--samples: is 1000000000: "),
        (["--output", "{tmp}/a.png", "--model", "nobody"], "'nobody'"),
        (["--output", "{tmp}/a.png", "--model", "{scans}/none.tflite"], "none.tflite"),
        (["--output", "{tmp}/a.png", "--model", "{scans}/bad.tflite"], "bad.tflite"),
        (["--output", "{tmp}/a.png", "--model", "{rgb}", "--temperature", "1"], "--temperature"),
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


def test_a_strange_name_takes_one_line(run, tmp_path):
    source = tmp_path / "two\nlines \U0001f600.png"
    PIL.Image.fromarray(PHOTOS["coffee"]).save(source)
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"")
    status, lines, errors = run(tmp_path, "--output", tmp_path / "out")
    assert (status, len(lines), len(errors)) == (1, 2, 1)
    assert "two\\nlines" in lines[0] and "caf\\udce9" in errors[0]


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
    assert status == 2 and "--samples: " in errors[-1] and "use a VAE" in errors[-1]
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
