"""Laid-out pages back to structure, without a model: what stands where, and how large."""
