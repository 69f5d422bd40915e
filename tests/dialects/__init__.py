"""What clients get: each dialect held against the stock client that speaks it."""
