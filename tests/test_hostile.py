"""The command on files and folders that are broken, or made to do harm."""

import functools
import io
import os
import subprocess
import sys

import bombs
import numpy as np
import PIL.Image
import pytest
import skimage

from kerascolor import photo
from kerascolor.photo import formats

PROGRAM = [
    sys.executable,
    "-c",
    "import sys; from kerascolor.commands.main import main; sys.exit(main())",
]
# Runs a command, and prints the kilobytes that it took. A child of pytest itself would count those
# of pytest, from which it is forked.
MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""
COFFEE = skimage.data.coffee()[::8, ::8]
# What the command takes for small photos, with much to spare: a bomb that goes off takes more.
MEGABYTES = 600


@functools.cache
def encoded(extension, deep=False):
    """A photo file's content."""
    file = io.BytesIO()
    if deep:
        pixels = COFFEE.astype(np.uint16) * 257
        formats.BY_EXTENSION[extension].module.write([photo.Photo(pixels)], file)
    else:
        PIL.Image.fromarray(COFFEE).save(file, photo.FORMATS[extension])
    return file.getvalue()


def files(folder):
    """Names of the files in a folder, as bytes."""
    found = []
    for place, _, names in os.walk(os.fsencode(folder)):
        found += [os.path.relpath(os.path.join(place, name), os.fsencode(folder)) for name in names]
    return sorted(found)


@pytest.fixture
def run(toy_tflite, tmp_path):
    """Runs the command on the folder "scans", beside whose files it puts a good photo.

    Gives what it printed on standard error, by lines, once all that must hold for whatever is
    in the folder does.
    """
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()

    def run(*arguments, out=out, **environment):
        (scans / "good.png").write_bytes(encoded(".png"))
        command = [*PROGRAM, "colorize", scans, *arguments, "--output", out, "--model", toy_tflite]
        measured = [sys.executable, "-c", MEASURE, *map(str, command)]
        done = subprocess.run(measured, capture_output=True, env=os.environ | environment)
        assert b"Traceback" not in done.stderr
        lines = done.stderr.decode().splitlines()
        assert done.returncode == (1 if lines else 0)
        assert int(done.stdout) / 1024 < MEGABYTES
        assert photo.read(out / "good.png").pixels.shape == COFFEE.shape
        # Nothing is half-written: all that is there can be read.
        for name in files(out):
            photo.read(os.fsdecode(os.path.join(os.fsencode(out), name)))
        return lines

    return run


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp", ".tif", ".bmp"])
@pytest.mark.parametrize("deep", [False, True])
def test_truncated_photos_are_told(run, tmp_path, extension, deep):
    if deep and extension not in (".png", ".tif"):
        pytest.skip("it has no 16 bits")
    content = encoded(extension, deep)
    for part in range(1, 16):
        path = tmp_path / "scans" / f"{part:02}{extension}"
        path.write_bytes(content[: len(content) * part // 16])
    lines = run()
    assert len(lines) == 15
    assert files(tmp_path / "out") == [b"good.png"]


def test_flipped_bits_lose_no_other_photo(run, tmp_path):
    generator = np.random.default_rng(0)
    names = []
    for extension in photo.FORMATS:
        content = encoded(extension)
        for number in range(12):
            flipped = bytearray(content)
            # Half of them where the header is.
            place = generator.integers(len(content) if number % 2 else 64)
            flipped[place] ^= 1 << generator.integers(8)
            names.append(f"{number:02}-{extension[1:]}{extension}")
            (tmp_path / "scans" / names[-1]).write_bytes(flipped)
    lines = run()
    written = {os.fsdecode(name) for name in files(tmp_path / "out")}
    told = {name for name in names if any(f"/{name}: " in line for line in lines)}
    assert len(told) == len(lines)
    assert told | written == {"good.png", *names}
    assert not told & written


def test_a_wrong_extension_makes_no_difference(run, tmp_path):
    extensions = list(photo.FORMATS)
    for extension, other in zip(extensions, extensions[2:] + extensions[:2], strict=True):
        name = f"{extension[1:]}-called{other}"
        (tmp_path / "scans" / name).write_bytes(encoded(extension))
    assert run() == []
    assert len(files(tmp_path / "out")) == 1 + len(extensions)


def test_bombs_do_not_go_off(run, tmp_path):
    hostile = bombs.corpus()
    for name, content in hostile.items():
        (tmp_path / "scans" / name).write_bytes(content)
    lines = run()
    assert len(lines) == len(hostile)
    for name in hostile:
        assert any(f"/{name}: " in line for line in lines), name
    assert files(tmp_path / "out") == [b"good.png"]


def test_a_good_photo_with_too_much_in_its_file_takes_no_memory(run, tmp_path):
    rows = bombs.png_rows(64, 64)
    surplus = bombs.png(64, 64, bombs.png_rows(64, 3_000_000))
    (tmp_path / "scans" / "surplus.png").write_bytes(surplus)
    chunks = bombs.png(64, 64, rows, chunks=[(b"tEXt", b"a\0b")] * 20_000)
    (tmp_path / "scans" / "chunks.png").write_bytes(chunks)
    (tmp_path / "scans" / "circle.tif").write_bytes(bombs.tiff(16, 16, circular=True))
    for size in ((1, 1_500_000), (1_500_000, 1)):
        narrow = bombs.png(*size, bombs.png_rows(*size))
        (tmp_path / "scans" / f"narrow-{size[0]}.png").write_bytes(narrow)
    run()
    expected = {b"chunks.png", b"circle.tif", b"good.png", b"narrow-1.png", b"narrow-1500000.png"}
    assert expected <= set(files(tmp_path / "out"))


def test_names_of_all_kinds_are_kept(run, tmp_path):
    names = [b"two\nlines.png", b" spaces .png", "\U0001f600.png".encode(), b"caf\xe9.png"]
    names += [b"-rf.png", b"'quote\".png", b"\x1b[31mred.png", b"n" * 251 + b".png"]
    for name in names:
        path = os.path.join(os.fsencode(tmp_path / "scans"), name)
        with open(path, "wb") as file:
            file.write(encoded(".png"))
    assert run(LC_ALL="C", PYTHONUTF8="0") == []
    assert files(tmp_path / "out") == sorted([b"good.png", *names])


def test_links_in_circles_end(run, tmp_path):
    scans = tmp_path / "scans"
    (scans / "deeper").mkdir()
    (scans / "deeper" / "up").symlink_to(scans)
    (scans / "itself.jpg").symlink_to("itself.jpg")
    (scans / "nowhere.jpg").symlink_to("nothing.jpg")
    (scans / "folder.jpg").mkdir()
    os.mkfifo(scans / "pipe.jpg")
    lines = run()
    assert len(lines) == 3
    for name in ("itself", "nowhere", "pipe"):
        assert any(f"/{name}.jpg: " in line for line in lines)
    assert files(tmp_path / "out") == [b"good.png"]


@pytest.fixture
def deepest(tmp_path):
    """Makes a tree of folders with a photo in the deepest, of so many levels; removes it, too."""
    start = os.getcwd()
    levels = 0

    def make(count):
        nonlocal levels
        levels = count
        os.chdir(tmp_path / "scans")
        for _ in range(count):
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
        with open("deep.png", "wb") as file:
            file.write(encoded(".png"))
        os.chdir(start)

    yield make
    # Such a tree can't be named, so nobody else removes it.
    os.chdir(tmp_path / "scans")
    for _ in range(levels):
        os.chdir("d" * 100)
    for _ in range(levels):
        for name in os.listdir():
            os.unlink(name) if os.path.isfile(name) else os.rmdir(name)
        os.chdir("..")
    os.chdir(start)


def test_a_deep_tree_is_kept(run, tmp_path, deepest):
    deepest(30)
    assert run() == []
    assert len(files(tmp_path / "out")) == 2


def test_a_tree_too_deep_to_be_named_is_told(run, tmp_path, deepest):
    deepest(60)
    (line,) = run()
    assert "can't be read: File name too long" in line


def test_an_output_too_deep_to_be_named_is_told(run, tmp_path, deepest):
    deepest(36)
    out = tmp_path / "out" / ("o" * 200) / ("o" * 200)
    (line,) = run(out=out)
    assert "can't be made a folder: File name too long" in line
    assert files(out) == [b"good.png"]
