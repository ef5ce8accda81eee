"""Whether the memory that this process may take is limited, and too little to begin with."""

import subprocess
import sys

try:
    import resource
except ImportError:  # Windows has no such limits.
    resource = None


def is_limited():
    """Whether there is a limit on this process's address space, as `ulimit -v` sets it."""
    return resource is not None and (
        resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY
    )


def check():
    """Raises MemoryError where the limit is too low to load libraries and a model.

    Native libraries then end their process without a word, so another one tries it first.
    """
    if not is_limited():
        return
    command = [sys.executable, "-c", "import kerascolor; kerascolor.load('classifier')"]
    if subprocess.run(command, capture_output=True).returncode:
        raise MemoryError
