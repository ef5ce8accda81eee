"""What is missing where training and export are not installed, told before anything fails."""

import importlib.util
import sys


def check(package, *modules):
    """Raises ImportError, or ends `python -m` in one line, where a package lacks these modules."""
    if all(importlib.util.find_spec(module) for module in modules):
        return
    message = f"{package} needs more than colorizing does: pip install 'kerascolor[train]'"
    # So it is called while Python looks for the module to run.
    if sys.argv[0] == "-m":
        sys.exit(message)
    raise ImportError(message)
