"""Programs for those who work on kerascolor; run from the repository as `python -m tools.NAME`."""
