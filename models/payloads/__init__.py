"""Frozen messages that cross Temporal or the event log."""
