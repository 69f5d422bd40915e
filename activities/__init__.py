"""What turns do outside the workflow: one class for each outside thing."""
