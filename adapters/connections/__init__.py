"""Grants that a space's people gave to other services."""
