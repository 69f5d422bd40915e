"""Servers of the Model Context Protocol: honest ones, and others."""
