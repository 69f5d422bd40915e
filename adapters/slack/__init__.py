"""Slack: our app in customers' workspaces."""
