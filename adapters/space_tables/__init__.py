"""Read-only SQL over a space's own tables."""
