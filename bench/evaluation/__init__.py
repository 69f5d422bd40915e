"""How good what is found is: `make eval`."""
