"""Figures by category of photos, as the column `content` of a folder's manifest.csv names it."""

import re

import numpy as np

from kerascolor.evaluation import pages
from kerascolor.figures import FIGURES

# The words, in the singular, that name a category. A photo counts in each category that its content
# names, such as "people & animals"; one of ImageNet's classes counts as an object.
CATEGORIES = {
    "people": ("people", "portrait", "fashion"),
    "animals": ("animal", "cat", "dog", "kangaroo", "raccoon"),
    "food": ("food", "restaurant"),
    "streets": ("street", "city", "village", "vehicle", "bus", "train", "driving", "house front"),
    "landscapes": ("landscape", "sky", "skies", "nature", "natural", "countryside", "tree"),
    "interiors": ("indoor", "interior", "kitchen", "bathroom", "bedroom", "office"),
    "objects": ("object", "imagenet", "ilsvrc"),
}
OTHER = "other"
# The table's figures.
SHOWN = ("psnr", "lpips", "auc")


def categories_of(content):
    """The categories that a photo's content names, or OTHER."""
    named = [
        category
        for category, words in CATEGORIES.items()
        if re.search(rf"\b({'|'.join(words)})s?\b", content, flags=re.IGNORECASE)
    ]
    return named or [OTHER]


def by_category(names, contents):
    """The photos of these names by category.

    Args:
        names: The photos' names.
        contents: What `data.read_manifest` says of the column `content`.
    """
    found = {category: [] for category in (*CATEGORIES, OTHER)}
    for name in names:
        for category in categories_of(contents[name]) if name in contents else []:
            found[category].append(name)
    return {category: photos for category, photos in found.items() if photos}


def table(photo_figures, contents):
    """Markdown lines: figures of each category beside grey's, and the categories below grey.

    Args:
        photo_figures: Those of "result" and "grey", as `evaluate.evaluate` returns.
        contents: What `data.read_manifest` says of the column `content`. A photo that it lacks is
            left out.

    Raises:
        ValueError: It has none of the photos.
    """
    result, grey = photo_figures["result"], photo_figures["grey"]
    photos = by_category(result, contents)
    if not photos:
        raise ValueError(
            "no table by category: the photos' folder has no manifest.csv that names them and "
            "their content"
        )
    columns = {name: FIGURES[name] for name in SHOWN}
    heads = (cell for figure in columns.values() for cell in (figure.heading, "grey"))
    rows = [["category", "photos", *heads]]
    below = []
    for category, found in photos.items():
        rows.append([category, len(found)])
        for column, figure in columns.items():
            means = [np.mean([own[name][column] for name in found]) for own in (result, grey)]
            rows[-1] += [figure.text(mean) for mean in means]
            if figure.is_worse(*means):
                below.append(f"{category} ({figure.heading})")
    summary = f"Below grey: {', '.join(below)}." if below else "No category is below grey."
    left = len(result.keys() - contents.keys())
    if left:
        summary += f" Photos that the manifest does not describe, and that are left out: {left}."
    return [*pages.markdown_table(rows), "", summary]
