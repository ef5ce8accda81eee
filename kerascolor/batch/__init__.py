"""Many photos at once: which there are, who colorizes them, and what became of each."""
