"""Adapters against the real thing, or a wire-level double of it."""
