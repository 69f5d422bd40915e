"""What judges found passages beside the query again."""
