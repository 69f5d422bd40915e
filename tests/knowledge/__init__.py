"""Documents: read, cut, embedded, found."""
