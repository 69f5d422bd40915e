"""Counts that must not grow: billable actions, history events, bytes."""
