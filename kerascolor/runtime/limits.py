"""The ranges of the numbers that photos are colorized with."""

RANGES = {
    # Below, a classifier's logits overflow; above, nothing changes any more.
    "temperature": (1e-6, 100),
    # A hundredfold is every colour at the border of what there is.
    "saturation": (0, 100),
    "samples": (1, 100),
    "seed": (0, 2**63),
    "max_megapixels": (1, 10**6),
    "threads": (1, 1024),
    "workers": (1, 1024),
}


def check(name, value):
    """Raises ValueError, naming the range, unless `value` is in that of `name`; None is, too."""
    low, high = RANGES[name]
    # NaN is in no range.
    if value is not None and not low <= value <= high:
        raise ValueError(f"{name} is {value}: give a number from {low:g} to {high:g}")
