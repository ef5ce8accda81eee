"""Figures by category of photos."""

import pytest

from kerascolor import data
from kerascolor.evaluation import categories

CONTENTS = {
    "a.jpg": "people & animals, action",
    "b.jpg": "food, restaurants",
    "c.jpg": "people, portraits, fashion",
    "d.jpg": "mixed",
}


def figures(**changed):
    """Figures of the photos that are better than grey's, but for those that are given."""
    grey = {name: {"psnr": 22.0, "lpips": 0.2, "auc": 88.0} for name in CONTENTS}
    result = {name: {"psnr": 24.0, "lpips": 0.1, "auc": 90.0} for name in CONTENTS}
    for name, own in changed.items():
        result[f"{name}.jpg"] |= own
    return {"result": result, "grey": grey}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("people & animals, action", ["people", "animals"]),
        ("vehicles, cats, people, buses, trains", ["people", "animals", "streets"]),
        ("cats, dogs, indoor people", ["people", "animals", "interiors"]),
        ("indoor/outdoor/street scenes", ["streets", "interiors"]),
        ("1000 ImageNet classes", ["objects"]),
        ("Low-light Countryside", ["landscapes"]),
        ("advert/travel photos, categories", ["other"]),
    ],
)
def test_a_photo_counts_in_each_category_that_its_content_names(content, expected):
    assert categories.categories_of(content) == expected


def test_the_table_has_each_kinds_figures_beside_greys():
    head, _, *rows, _, summary = categories.table(figures(c={"psnr": 26.0}), CONTENTS)
    assert head == "| category | photos | PSNR (dB) | grey | LPIPS | grey | AuC (%) | grey |"
    assert rows == [
        "| people | 2 | 25.00 | 22.00 | 0.100 | 0.200 | 90.00 | 88.00 |",
        "| animals | 1 | 24.00 | 22.00 | 0.100 | 0.200 | 90.00 | 88.00 |",
        "| food | 1 | 24.00 | 22.00 | 0.100 | 0.200 | 90.00 | 88.00 |",
        "| other | 1 | 24.00 | 22.00 | 0.100 | 0.200 | 90.00 | 88.00 |",
    ]
    assert summary == "No category is below grey."


def test_kinds_below_grey_are_named_with_the_figure():
    *_, summary = categories.table(
        figures(b={"psnr": 21.0, "lpips": 0.3}, a={"auc": 85.0}), CONTENTS
    )
    assert summary == (
        "Below grey: people (AuC (%)), animals (AuC (%)), food (PSNR (dB)), food (LPIPS)."
    )


def test_photos_that_the_manifest_lacks_are_left_out_and_counted():
    *_, summary = categories.table(figures(), {"a.jpg": "people"})
    assert summary.endswith("does not describe, and that are left out: 3.")
    with pytest.raises(ValueError, match="no table by category: .* no manifest.csv"):
        categories.table(figures(), {})


def test_the_content_is_read_from_the_manifest(tmp_path):
    assert data.read_manifest(tmp_path, "content") == {}
    manifest = tmp_path / "manifest.csv"
    manifest.write_text('file,split,content\na.jpg,val,"people, city"\nb.jpg,val,\n')
    assert data.read_manifest(tmp_path, "content") == {"a.jpg": "people, city"}
    manifest.write_text("file,split\na.jpg,val\n")
    assert data.read_manifest(tmp_path, "content") == {}
