"""The event log on a real Redis."""
