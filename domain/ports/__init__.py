"""What the inside asks of the outside: Protocols that adapters fill and tests fake."""
