"""What long conversations, and many of them, cost Postgres."""
