"""Which module may import which, as pyproject.toml's contracts say."""

import pathlib
import shutil

from tools import imports

PHOTO = "The way of a photo needs neither Keras nor TensorFlow"
FLOORS = "The way of a photo: each floor imports only those below it"
DATA_SET = "The way of a data set: each floor imports only those below it"
APART = "The way of a data set does not use the upper floors of the way of a photo"


def test_the_contracts_hold():
    done = imports.check()
    assert done.returncode == 0, done.stdout


def test_forbidden_imports_are_found(tmp_path):
    for folder in ("kerascolor", "tools", "train", "export", "web"):
        ignored = shutil.ignore_patterns("weights", "page", "__pycache__")
        shutil.copytree(imports.ROOT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(imports.ROOT / "pyproject.toml", tmp_path)
    for module, line in (
        ("kerascolor/photo/__init__.py", "import kerascolor.runtime.render"),
        ("kerascolor/runtime/render.py", "def later():\n    import tensorflow"),
        ("kerascolor/data.py", "import kerascolor.batch.jobs"),
        ("export/graph.py", "from kerascolor import evaluation"),
    ):
        path = pathlib.Path(tmp_path, module)
        path.write_text(f"{path.read_text()}\n{line}\n")
    done = imports.check(tmp_path)
    assert done.returncode == 1
    for name in (PHOTO, FLOORS, DATA_SET, APART):
        assert f"{name} BROKEN" in done.stdout
