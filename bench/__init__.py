"""How fast Holdfast is, next to floors and peers, in one run: `python -m bench`."""
