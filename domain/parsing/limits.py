"""What one file may amount to."""

# A thousand pages of text is about 3 MB: what is longer is data, and would be found by nobody.
TEXT_BYTES = 10 * 1024 * 1024
# About TEXT_BYTES in passages of usual size, twice; a file of headings alone would make millions.
PASSAGES = 20_000

# A deck has about one picture a slide that says something. Each costs a description by a model and
# a visual vector, so the first so many stand for the rest.
PICTURES = 64
# What vision models take without shrinking it themselves.
PICTURE_SIDE = 1_024
# A photograph of 1,024 pixels is 100 to 300 KB as JPEG; a larger PNG becomes one.
PICTURE_BYTES = 512 * 1024
# Rules, bullets, icons and tracking pixels are smaller.
LEAST_PICTURE_SIDE = 48
# A poster at 600 dpi; more is a bomb: 100 million pixels take 400 MB.
PICTURE_PIXELS = 100_000_000

# Before anything is expanded. Word's own XML shrinks to a tenth; a real sheet to a thirtieth.
ARCHIVE_ENTRIES = 20_000
ARCHIVE_BYTES = 512 * 1024 * 1024
ARCHIVE_XML_BYTES = 128 * 1024 * 1024
ARCHIVE_RATIO = 150
# Below so many expanded bytes no ratio does harm.
ARCHIVE_RATIO_FROM = 32 * 1024 * 1024
# A million numbers are more than TEXT_BYTES as a table.
SHEET_CELLS = 900_000
# Beyond this many, tables are not looked for on a sheet: 60 us a cell are 3 s here.
SEARCHED_CELLS = 50_000

# Books end below; more is a generated file.
PAGES = 5_000

ATTACHMENTS = 20
ATTACHMENT_BYTES = 32 * 1024 * 1024
"""All of an e-mail's together."""
MAIL_NESTING = 3
"""E-mails in e-mails; what is deeper is named and not read."""
