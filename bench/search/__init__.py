"""The search index at its full size: 1,000 spaces, 200,000 passages."""
