"""Faults injected into a running stack, and what must hold after each of them."""
