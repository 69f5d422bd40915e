"""A worker for each task queue, its ports filled with adapters."""
