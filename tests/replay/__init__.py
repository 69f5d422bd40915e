"""Today's code must still replay yesterday's runs."""
