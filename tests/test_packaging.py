"""What is installed, and what runs from a clone."""

import pathlib
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# Without the hook of an editable install, as where kerascolor is installed as a wheel.
PLAIN = """
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
import importlib.util, kerascolor
for name in ("train", "train.__main__", "export.litert", "evaluation.__main__"):
    print(importlib.util.find_spec(f"kerascolor.{name}").origin)
"""

# As where the extra "train" is not installed.
BARE = """
import importlib, importlib.machinery, sys

class Bare(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, *arguments):
        extra = ("absl", "h5py", "keras", "skimage", "tensorflow", "tensorflow_io")
        return None if name in extra else super().find_spec(name, *arguments)

sys.meta_path = [Bare if f is importlib.machinery.PathFinder else f for f in sys.meta_path]
for name in sys.argv[1:]:
    try:
        importlib.import_module(f"kerascolor.{name}")
    except ImportError as error:
        print(error)
"""


def test_what_lacks_its_extra_says_so_in_one_line():
    names = ["callbacks", "data", "evaluation", "export", "losses", "metrics", "models", "train"]
    command = [sys.executable, "-c", BARE, *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(names)
    for name, line in zip(names, lines, strict=True):
        assert line.startswith(f"kerascolor.{name} needs more than colorizing does")
        assert "pip install 'kerascolor[train]'" in line
    command = [sys.executable, "-c", BARE, "commands.colorize", "batch.worker"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b""


def test_train_and_export_are_found_in_a_clone():
    done = subprocess.run(
        [sys.executable, "-c", PLAIN], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = [pathlib.Path(line).relative_to(ROOT).as_posix() for line in done.stdout.split()]
    assert found == [
        "train/__init__.py",
        "train/__main__.py",
        "export/litert.py",
        "kerascolor/evaluation/__main__.py",
    ]


def test_every_package_is_installed():
    inside = {path.parent for path in (ROOT / "kerascolor").rglob("__init__.py")}
    names = {".".join(path.relative_to(ROOT).parts) for path in inside}
    packages = PROJECT["tool"]["setuptools"]["packages"]
    assert set(packages) == names | {"kerascolor.train", "kerascolor.export", "kerascolor.web"}


def test_licences_of_what_others_made_are_installed():
    assert "LICENSE-third-party" in PROJECT["project"]["license-files"]
    text = (ROOT / "LICENSE-third-party").read_text()
    assert (ROOT / "kerascolor" / "weights" / "lpips_alexnet.npz").is_file()
    for words in ("lpips_alexnet.npz", "Soumith Chintala", "Richard Zhang, Phillip Isola"):
        assert words in text
