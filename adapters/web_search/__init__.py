"""Searching the web through somebody who has an index of it."""
