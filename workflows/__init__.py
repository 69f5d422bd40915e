"""The order of work: deterministic, no I/O."""
