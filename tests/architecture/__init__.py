"""House rules that no linter has."""
