"""One plain fake for each port of the edge."""
