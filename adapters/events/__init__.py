"""The event log: live in Redis, older events from wherever they are stored."""
