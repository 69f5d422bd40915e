"""Web search providers: what is asked, what answers mean, and what no answer may do."""
