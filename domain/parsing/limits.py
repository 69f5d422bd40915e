"""What one file may amount to."""

# A thousand pages of text is about 3 MB: what is longer is data, and would be found by nobody.
TEXT_BYTES = 10 * 1024 * 1024
# About TEXT_BYTES in passages of usual size, twice; a file of headings alone would make millions.
PASSAGES = 20_000
