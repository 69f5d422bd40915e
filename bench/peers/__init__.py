"""Programs on other durable engines, each run in an environment of its own."""
