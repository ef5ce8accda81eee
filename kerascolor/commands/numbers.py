"""Numbers as argparse takes them, with errors that say which are wanted."""

import argparse
import contextlib
import math


def number(kind, wanted, accepted):
    """A type for argparse: a finite `kind` that is `accepted`, or an error that says `wanted`."""

    def parse(text):
        with contextlib.suppress(ValueError):
            value = kind(text)
            if math.isfinite(value) and accepted(value):
                return value
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}")

    return parse


positive = number(float, "a positive number", lambda value: value > 0)
not_negative = number(float, "a number of 0 or more", lambda value: value >= 0)
count = number(int, "a whole number of 1 or more", lambda value: value >= 1)
seed = number(int, "a whole number of 0 or more", lambda value: value >= 0)
