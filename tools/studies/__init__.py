"""Experiments whose tables and pictures stand in the documentation."""
