"""Pure functions, and the ports that adapters fill."""
