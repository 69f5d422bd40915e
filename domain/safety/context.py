"""How far words and numbers that belong together stand apart."""

from typing import Final

# Words before a number that say what it is; looked for so far in front of it.
CONTEXT: Final = 48
# No match with spaces in it is longer but a private key's, and none else crosses a line.
LONGEST_SPACED: Final = 48
