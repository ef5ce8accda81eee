"""What is missing where training and export are not installed, told before anything fails."""

import importlib.util
import sys


def check(package):
    """Raises ImportError, or ends `python -m` in one line, where `package` lacks its needs."""
    if importlib.util.find_spec("tensorflow") and importlib.util.find_spec("absl"):
        return
    message = f"{package} needs more than colorizing does: pip install 'kerascolor[train]'"
    # So it is called while Python looks for the module to run.
    if sys.argv[0] == "-m":
        sys.exit(message)
    raise ImportError(message)
