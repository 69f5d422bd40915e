"""What a deployment runs once, before the product."""
