"""Figures on what is looked at in the text that comes in and goes out."""
