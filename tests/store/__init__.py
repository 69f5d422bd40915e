"""Postgres for real: isolation, races, repeats."""
