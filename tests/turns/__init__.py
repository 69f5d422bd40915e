"""Turns on the real engine, store, log and offline model."""
