"""The root of everything that can keep a local stack from running."""


class StackError(Exception):
    """A named failure whose message tells a person what to do."""
