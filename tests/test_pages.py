"""Sections of Markdown pages that programs write."""

import sys
import types

import pytest

from kerascolor.evaluation import pages


def test_a_section_is_replaced_and_the_rest_stays(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- table -->\nold\n<!-- end of table -->\nafter\n")
    rows = [["model", "PSNR"], ["mine", "23.1"]]
    for _ in range(2):
        pages.write_section(page, "table", "make figures", pages.markdown_table(rows))
    text = page.read_text()
    assert text.startswith("before\n<!-- table -->")
    assert text.endswith("<!-- end of table -->\nafter\n")
    assert "old" not in text
    assert text.count("| mine | 23.1 |") == 1
    assert "Written by `make figures`" in text


def test_the_command_names_the_program_and_its_flags_but_no_folders(monkeypatch):
    given = {"photos": "/home/me/photos", "every": 6, "models": ["unet", "/tmp/vae.weights.h5"]}
    flags = [types.SimpleNamespace(name=n, value=v, present=1) for n, v in given.items()]
    flags.append(types.SimpleNamespace(name="page", value=None, present=0))
    values = types.SimpleNamespace(get_key_flags_for_module=lambda _: flags)
    program = types.SimpleNamespace(__spec__=types.SimpleNamespace(name="tools.benchmarks.latency"))
    monkeypatch.setitem(sys.modules, "__main__", program)
    assert pages.command(values) == (
        "python -m tools.benchmarks.latency --every 6 --models unet,vae.weights.h5 --photos photos"
    )


def test_a_page_without_the_section_is_named(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match=r"page\.md has 0 sections between <!-- table -->"):
        pages.write_section(page, "table", "make figures", [])
    assert page.read_text() == "nothing\n"
