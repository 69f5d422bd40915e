"""What goes over the wire; never the tables."""
