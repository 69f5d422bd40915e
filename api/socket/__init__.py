"""`/v1/ws`: many conversations over one socket."""
