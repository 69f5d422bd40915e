"""The edge: HTTP, SSE and nothing that cannot be lost."""
