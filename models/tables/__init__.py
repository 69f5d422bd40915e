"""Tables: only store, search and migrations import them."""
