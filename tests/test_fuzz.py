"""A short run of the fuzzer; `python -m tests.fuzz` runs longer ones."""

import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("atheris", reason="it has wheels for Linux alone")


@pytest.mark.slow
def test_the_reader_stands_mutated_photos(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- fuzzing -->\n<!-- end of fuzzing -->\n")
    command = [sys.executable, "-m", "tests.fuzz", "--seconds=40"]
    command += [f"--output={tmp_path / 'fuzzing'}", f"--page={page}"]
    root = pathlib.Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failures" in page.read_text()
    assert "| read |" in page.read_text()


@pytest.mark.slow
def test_mutated_model_files_work_or_are_refused():
    command = [sys.executable, "-m", "tests.fuzz_models", "--count=60"]
    root = pathlib.Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert ", 0 failures" in done.stdout
