"""Who is asking: tokens, tickets, and the spaces that they open."""
