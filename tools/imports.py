"""Checks which module imports which, by import-linter's contracts in pyproject.toml.

    python -m tools.imports

import-linter sees a package only in one folder, but `train`, `export` and `web` lie beside
`kerascolor` in the repository. So it is given a copy that is laid out as pip installs it.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[1]


def check(root=ROOT):
    """Runs lint-imports on a repository.

    Args:
        root: Folder of the repository.

    Returns:
        The finished process, with what it printed in `stdout`.
    """
    with tempfile.TemporaryDirectory() as folder:
        for package in ("kerascolor", "tools", "train", "export", "web"):
            inside = "" if package in ("kerascolor", "tools") else "kerascolor"
            shutil.copytree(
                pathlib.Path(root, package),
                pathlib.Path(folder, inside, package),
                ignore=shutil.ignore_patterns("weights", "page", "__pycache__"),
            )
        # As `lint-imports`, which need not be on the path.
        program = "import sys; from importlinter.cli import lint_imports_command as lint; lint()"
        command = [sys.executable, "-c", program, "--no-cache"]
        command += ["--config", pathlib.Path(root, "pyproject.toml").resolve()]
        return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)


def main():
    done = check()
    print(done.stdout[done.stdout.find("Contracts") :])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
