"""Tools that reach the web, measure texts and plan."""
