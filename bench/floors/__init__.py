"""Programs that do the least: what ours cannot be faster than."""
