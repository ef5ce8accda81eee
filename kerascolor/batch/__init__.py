"""Many photos at once: which there are, who colorizes them, and what became of each."""

from kerascolor.batch.run import colorize
from kerascolor.batch.settings import BatchError, BatchSettings, Settings

__all__ = ["BatchError", "BatchSettings", "Settings", "colorize"]
