"""A workspace on this machine: Slack's Web API as far as we call it, signed callbacks, a page."""
