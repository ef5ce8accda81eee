"""The command `kerascolor`: a file for each of its sub-commands. Only these speak of flags."""
