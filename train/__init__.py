"""Training, evaluation and comparison of the models: `python -m kerascolor.train`."""

from kerascolor import optional

optional.check(__name__, "train", "tensorflow_io", "tensorflow_probability", "skimage")
