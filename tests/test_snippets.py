"""The snippets of README and docs run as they stand.

The Python blocks of a page run one after the other, in a folder with a few photos, and share their
names. From the shell blocks, the lines that begin with `kerascolor ` are run. A block behind a
comment `<!-- not run: REASON -->` is left out.
"""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
import skimage

ROOT = pathlib.Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?P<skip><!-- not run: [^>]+ -->\n+)?^```(?P<kind>python|sh)\n(?P<code>.*?)^```$", re.M | re.S
)
# Enough for the calibration of an export.
PHOTOS = 104


def blocks(page, kind):
    """Line number and code of a page's blocks of a kind that are to be run."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start("code")) + 1, match["code"])
        for match in BLOCK.finditer(text)
        if match["kind"] == kind and not match["skip"]
    ]


def commands(page):
    """The lines of a page's shell blocks that run the command."""
    for line, code in blocks(page, "sh"):
        for command in code.replace("\\\n", " ").splitlines():
            if command.startswith("kerascolor "):
                yield pytest.param(command, id=f"{page.name}:{line} {command[:60]}")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with the photos that the pages speak of."""
    pixels = skimage.data.chelsea()
    grey = PIL.Image.fromarray(pixels[..., 1])
    for name in ("grey.jpg", "grandmother.jpg", "portrait.jpg", "a.png"):
        grey.save(tmp_path / name)
    for name in ("photos", "scans/deeper", "box1", "box2"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("scans/1.jpg", "scans/deeper/2.png", "box1/scan0001.tif", "box2/scan0001.tif"):
        grey.resize((90, 60)).save(tmp_path / name)
    generator = np.random.default_rng(0)
    for index in range(PHOTOS):
        top, left = generator.integers(200, size=2)
        crop = PIL.Image.fromarray(pixels[top : top + 96, left : left + 96])
        crop.save(tmp_path / "photos" / f"{index}.jpg")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", [param for page in PAGES for param in commands(page)])
def test_the_commands_of_a_page_run(command, folder):
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [p for p in PAGES if blocks(p, "python")], ids=lambda page: page.name
)
def test_the_python_blocks_of_a_page_run(page, folder):
    names = {"__name__": "snippet"}
    for line, code in blocks(page, "python"):
        # Tracebacks then name the page's own line.
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), names)
