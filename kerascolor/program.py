"""How programs with flags are run."""

import sys

from absl import app


def name():
    """What `python -m` calls the running program."""
    return sys.modules["__main__"].__spec__.name.removesuffix(".__main__")


def run(main, define_flags):
    """Runs a program, and ends it with one line where what it was given is at fault.

    Args:
        main: Takes the arguments that are no flags, the program's path first.
        define_flags: Defines the program's flags. It is called here, and not when a module is
            imported, because programs that import each other have flags of the same names.
    """

    def run_main(arguments):
        try:
            main(arguments)
        except (OSError, ValueError) as error:
            sys.exit(f"{name()}: {error}")

    define_flags()
    app.run(run_main)
