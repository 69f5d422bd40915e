"""Parsing in a child process that may die of what it reads."""
