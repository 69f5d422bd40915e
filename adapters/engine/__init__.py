"""Temporal, as those who start and signal workflows see it."""
