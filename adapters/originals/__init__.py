"""Where originals lie."""
