"""What the commands say about themselves, with examples to copy."""

CHAT_HELP = """Talk to an agent: its answer streams, with its sources.

\b
  holdfast chat                                  start a conversation
  holdfast chat --conversation ID                go on with one
  holdfast chat -m "What is our leave policy?"   one answer, and out
  cat question.txt | holdfast chat               the same, from a pipe

With -m or a pipe the exit code is 0 when it was answered, 1 when it was not, and 3 when a
person has to approve something first.
"""
INGEST_HELP = """Upload documents, so that agents can quote them.

\b
  holdfast ingest handbook/            a folder, with those inside it
  holdfast ingest a.md b.html c.csv    files

Hidden files are left out; a document that the space has already is recognised, so it can be
run again after an interruption. The exit code is 0 when something is in, or was in before;
1 when nothing could be taken in.
"""
MINT_HELP = """Make a token for the local stack, and print nothing else.

\b
  holdfast token                                admin of the local space
  holdfast token --space ID=viewer --expires 1h
  HOLDFAST_TOKEN=$(holdfast token --organisation ID --space ID=admin) holdfast chat

Roles: viewer, member, approver, admin.
"""
DOCTOR_HELP = """Look at everything that Holdfast needs, and say how to mend what is broken.

\b
  holdfast doctor          a table
  holdfast doctor --json   for programs

It looks at the local stack when one runs, else at what HOLDFAST_… in the environment names.
The exit code is 1 when something is wrong.
"""
MIGRATE_HELP = """Bring the database's tables up to date.

\b
  holdfast migrate          to the newest
  holdfast migrate status   what it has, and what is newest
  holdfast migrate down     one step back, with what its tables hold

The owner's URL comes from the local stack, or HOLDFAST_DATABASE_OWNER_URL.
"""
