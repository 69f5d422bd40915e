"""The benchmark's own parts: what it reads, judges and draws. What it measures is not asserted."""
