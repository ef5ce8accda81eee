"""Training, evaluation and comparison of the models: `python -m kerascolor.train`."""
