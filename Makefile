# make demo    colour photos of examples/photos/grey, in demo/
# make test    lint and tests; needs Python 3.11 or 3.12, for TensorFlow
# make lint, make format, make clean

PYTHONS = python3.12 python3.11 python3
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --disable-pip-version-check

# Installs are editable: from the repository's root, the folder kerascolor/ would hide a plain one.
RUNTIME = $(VENV)/runtime.stamp
TESTING = $(VENV)/testing.stamp

.PHONY: demo test test-web lint format clean

demo: $(RUNTIME)
	$(BIN)/kerascolor colorize examples/photos/grey --output demo
	@echo "Look at demo/: the photos of examples/photos/grey in colour."

# Two files of tests at a time; each file stays in one process, whose models its tests share.
test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not browser"

# The page of `kerascolor web` in Chromium; where it is not installed, a line says so. On a busy machine
# its threads wait for each other so long that a test may fail after its limit of minutes.
test-web: $(TESTING)
	$(BIN)/python -m pytest -m browser -rs

lint: $(TESTING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.imports

format: $(TESTING)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find kerascolor train export tools tests -name __pycache__ -prune -exec rm -rf {} +

# Asks each Python to run, for a pyenv shim can stand in the path and not work.
$(VENV)/made.stamp:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then echo "Making $(VENV) with $$python"; \
	    $$python -m venv --clear $(VENV) && touch $@; exit; fi; \
	done; \
	echo "make: no Python 3.11 or newer with the module venv among: $(PYTHONS)." \
	  "Install one, on Debian and Ubuntu with: apt install python3 python3-venv" >&2; exit 1

$(RUNTIME): $(VENV)/made.stamp pyproject.toml
	$(PIP) -e .
	@touch $@

$(TESTING): $(VENV)/made.stamp pyproject.toml
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' || { \
	  echo "make: the tests need Python 3.11 or 3.12, for tensorflow-io has wheels for no other." \
	    "Install one, remove $(VENV), and run make again" >&2; exit 1; }
	$(PIP) -e '.[test]'
	@touch $(RUNTIME) $@
