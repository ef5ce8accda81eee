"""Figures by kind of photo, as the column `content` of a folder's manifest.csv names it."""

import csv
import pathlib
import re

import numpy as np

from kerascolor.evaluation import pages

# What names a kind, in the singular. A photo counts in each kind that its content names, such as
# "people & animals"; of ImageNet's classes and others it counts as an object.
KINDS = {
    "people": ("people", "portrait", "fashion"),
    "animals": ("animal", "cat", "dog", "kangaroo", "raccoon"),
    "food": ("food", "restaurant"),
    "streets": ("street", "city", "village", "vehicle", "bus", "train", "driving", "house front"),
    "landscapes": ("landscape", "sky", "skies", "nature", "natural", "countryside", "tree"),
    "interiors": ("indoor", "interior", "kitchen", "bathroom", "bedroom", "office"),
    "objects": ("object", "imagenet", "ilsvrc"),
}
OTHER = "other"
# The table's figures: what it calls each, its decimals, and 1 where more is better.
COLUMNS = {"psnr": ("PSNR (dB)", 2, 1), "lpips": ("LPIPS", 3, -1), "auc": ("AuC (%)", 2, 1)}


def read(folder):
    """The content of each file of a folder's manifest.csv; empty where there is none."""
    manifest = pathlib.Path(folder) / "manifest.csv"
    if not manifest.is_file():
        return {}
    with manifest.open(newline="", encoding="utf-8") as file:
        return {row["file"]: row["content"] for row in csv.DictReader(file) if row.get("content")}


def kinds_of(content):
    """The kinds that a photo's content names, or OTHER."""
    named = [
        kind
        for kind, words in KINDS.items()
        if re.search(rf"\b({'|'.join(words)})s?\b", content, flags=re.IGNORECASE)
    ]
    return named or [OTHER]


def by_kind(photo_figures, contents):
    """Names of photos by kind.

    Args:
        photo_figures: Dict by the photos' names.
        contents: What `read` returns.
    """
    names = {kind: [] for kind in (*KINDS, OTHER)}
    for name in photo_figures:
        for kind in kinds_of(contents[name]) if name in contents else []:
            names[kind].append(name)
    return {kind: found for kind, found in names.items() if found}


def table(photo_figures, contents):
    """Markdown lines: figures of each kind beside grey's, and the kinds that are below grey.

    Args:
        photo_figures: Those of "result" and "grey", as `evaluate.evaluate` returns.
        contents: What `read` returns. A photo that it lacks is left out.

    Raises:
        ValueError: It has none of the photos.
    """
    result, grey = photo_figures["result"], photo_figures["grey"]
    names = by_kind(result, contents)
    if not names:
        raise ValueError(
            "no table by kind: the photos' folder has no manifest.csv that names them and their "
            "content"
        )
    columns = {name: form for name, form in COLUMNS.items() if name in next(iter(grey.values()))}
    rows = [["kind", "photos", *(cell for head, *_ in columns.values() for cell in (head, "grey"))]]
    below = []
    for kind, found in names.items():
        rows.append([kind, len(found)])
        for column, (head, decimals, sign) in columns.items():
            means = [np.mean([own[name][column] for name in found]) for own in (result, grey)]
            rows[-1] += [f"{mean:.{decimals}f}" for mean in means]
            if sign * (means[0] - means[1]) < 0:
                below.append(f"{kind} ({head})")
    summary = f"Below grey: {', '.join(below)}." if below else "No kind is below grey."
    left = len(result.keys() - contents.keys())
    if left:
        summary += f" Photos that the manifest does not describe, and that are left out: {left}."
    return [*pages.markdown_table(rows), "", summary]
