"""Says what is missing where an extra is not installed, before anything fails."""

import importlib.util
import sys


def check(package, extra, *modules):
    """Raises ImportError, or ends `python -m` in one line, unless all modules are installed.

    Args:
        package: Name of the package that needs them.
        extra: The extra of kerascolor that installs them, such as "train".
        *modules: Their names, as they are imported.
    """
    if all(importlib.util.find_spec(module) for module in modules):
        return
    message = (
        f"{package} needs more than colorizing does: pip install 'kerascolor[{extra}]', or in a "
        f"clone pip install '.[{extra}]'"
    )
    # This is what it holds while Python looks for the module that `-m` names.
    if sys.argv[0] == "-m":
        sys.exit(message)
    raise ImportError(message)
