"""What many users need, on paper: the tables of docs/scale.md, from measured numbers."""
