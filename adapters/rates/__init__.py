"""What users may use at once, and in a minute: counted in Redis."""
