"""Tests: sentences as names, the real stack for whatever runs here."""
