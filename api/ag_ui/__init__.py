"""AG-UI's runs: what its agents ask for."""
