"""Files to structured text. Everything that a stranger's file could harm runs in a child."""
