"""Files that appear whole or not at all."""

import fcntl
import os
import threading

import pytest

from kerascolor import atomic


def test_files_are_replaced_while_others_tidy_up(tmp_path):
    stop = threading.Event()

    def tidy():
        while not stop.is_set():
            atomic.remove_stale([tmp_path])

    threads = [threading.Thread(target=tidy) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(300):
            with atomic.replacing(tmp_path / f"{number}.txt") as file:
                file.write(b"whole")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(list(tmp_path.iterdir())) == 300


def test_a_file_that_is_removed_before_its_lock_is_made_again(tmp_path, monkeypatch):
    calls = []

    def lock(file, mode, original=fcntl.flock):
        if not calls:
            (name,) = tmp_path.iterdir()
            os.unlink(name)
        calls.append(mode)
        original(file, mode)

    monkeypatch.setattr(fcntl, "flock", lock)
    with atomic.replacing(tmp_path / "a.txt") as file:
        file.write(b"whole")
    assert len(calls) == 2
    assert (tmp_path / "a.txt").read_bytes() == b"whole"


def test_a_file_is_locked_until_it_has_its_name(tmp_path, monkeypatch):
    def replace(*arguments, original=os.replace, **settings):
        atomic.remove_stale([tmp_path])
        original(*arguments, **settings)

    monkeypatch.setattr(os, "replace", replace)
    with atomic.replacing(tmp_path / "a.txt") as file:
        file.write(b"whole")
    assert (tmp_path / "a.txt").read_bytes() == b"whole"


def test_a_file_called_like_ours_stays(tmp_path):
    for name in (".kerascolor-x.jpg", ".kerascolor-0123456789abcdef.jpg", ".kerascolor-"):
        (tmp_path / name).write_bytes(b"theirs")
    (tmp_path / ".kerascolor-0123456789abcdef").write_bytes(b"left by a killed process")
    atomic.remove_stale([tmp_path, tmp_path / "nowhere"])
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_becomes_a_link_is_not_followed(tmp_path):
    out, inputs = tmp_path / "out", tmp_path / "inputs"
    out.mkdir(), inputs.mkdir()
    (inputs / "a.txt").write_bytes(b"an input")
    folder = atomic.identity(out)
    with atomic.replacing(out / "a.txt", folder) as file:
        file.write(b"the first")
        out.rename(tmp_path / "moved")
        out.symlink_to(inputs)
    assert (tmp_path / "moved" / "a.txt").read_bytes() == b"the first"
    with pytest.raises(OSError, match="another folder"), atomic.replacing(out / "a.txt", folder):
        pass
    assert (inputs / "a.txt").read_bytes() == b"an input"
    assert [path.name for path in inputs.iterdir()] == ["a.txt"]


def test_a_folder_that_can_not_be_listed_is_written_to(tmp_path):
    tmp_path.chmod(0o300)
    try:
        with atomic.replacing(tmp_path / "a.txt") as file:
            file.write(b"whole")
    finally:
        tmp_path.chmod(0o700)
    assert (tmp_path / "a.txt").read_bytes() == b"whole"
