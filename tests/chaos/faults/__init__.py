"""Rows of the table of faults, one module each."""
