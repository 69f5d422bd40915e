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
  holdfast ingest handbook/                       a folder, with those inside it
  holdfast ingest guide.pdf deck.pptx prices.xlsx
  holdfast ingest https://example.com/press       a page, fetched by the server
  holdfast ingest brand/ -c brand -k tone -k voice --author "Ada Lovelace"

PDF, Word, PowerPoint, Excel, CSV, HTML, Markdown, text, e-mail and pictures are read. Hidden
files are left out; a document that the space has already is recognised, so it can be run again
after an interruption. The exit code is 0 when something is in, or was in before;
1 when nothing could be taken in.
"""
SEARCH_HELP = """Find the passages that answer a question, best first.

\b
  holdfast search "tone of voice in headlines"
  holdfast search "spring prices" -c product -c brand --top-k 10
  holdfast search "returns" --language de --from 2026-01-01 --keyword policy
  holdfast search --image logo.png                pictures like this one

The exit code is 0 when something is found, 1 when nothing is.
"""
COLLECTIONS_HELP = """Groups of documents that agents and searches name together.

\b
  holdfast collections                            what there is
  holdfast collections create brand -d "How we sound and look"
  holdfast collections create news --recency-days 30
  holdfast collections delete news                an empty one

Making and removing them needs the role admin.
"""
AGENT_HELP = """Who answers: look at agents, change them, try them out.

\b
  holdfast agent                                 who there is
  holdfast agent show brand                      one, whole; --told: its template filled in
  holdfast agent set support.toml -n "Shorter"   make it, or its next version
  holdfast agent versions support
  holdfast agent rollback support 3
  holdfast agent try seo "Which keywords for standing desks?"

A file holds `name`, `description`, `instructions`, `tools`, … as `show --json` prints them; what
it leaves out stays. Changing agents needs the role admin.
"""
POLICY_HELP = """What agents may do unasked, what asks a person, what is refused.

\b
  holdfast policy                                the rules in force
  holdfast policy show --json > policy.json      to edit them
  holdfast policy set policy.json -n "Why"       as the next version
  holdfast policy try publish_note -a '{"title": "Hi"}' --tainted
  holdfast policy try send_mail -p policy.json   before it is saved

Reads run and writes ask where no rule says otherwise. A write of a turn that has read text nobody
vouches for asks a person, whatever the rules allow. Changing it needs the role admin.
"""
APPROVALS_HELP = """What waits for a person: look at it, and decide.

\b
  holdfast approvals                            what waits, newest first
  holdfast approvals show ID                    what would run, why, until when
  holdfast approvals approve ID
  holdfast approvals deny ID --note "Not this week"
  holdfast approvals revise ID "Make it shorter"
  holdfast approvals edit ID                    change the arguments, and let that run

A verdict counts for the arguments as they were shown. The first one wins; each approval says
which role may decide it.
"""
CONTENT_HELP = """Texts for publishing: drafts with versions, which people review.

\b
  holdfast content                              what there is, newest first
  holdfast content list --state in_review
  holdfast content show ID                      the newest text, and what reviewers said
  holdfast content create email "Spring launch" draft.md
  holdfast content submit ID                    ask for a review

Approved texts join the collection approved_content, which agents may retrieve.
"""
MCP_HELP = """Outside servers whose tools agents may call, each tool allowed by a person.

\b
  holdfast mcp                                  what is registered
  holdfast mcp add crm https://crm.example/mcp --secret
  holdfast mcp add clock time --stdio           a command that the deployment has
  holdfast mcp tools crm                        what it says of its tools
  holdfast mcp allow crm find_customer          shows it, and asks what it does
  holdfast mcp refuse crm delete_customer
  holdfast mcp refresh crm                      look again
  holdfast mcp remove crm

What a server says of itself is a stranger's word. A tool is allowed as it was shown: one that
changed asks again. Agents name tools as SERVER__TOOL. Changing any of it needs the role admin.
"""
AUDIT_HELP = """What was done in the space, by whom: numbered, sealed, never changed.

\b
  holdfast audit                   the newest entries
  holdfast audit list -n 1000 --json
  holdfast audit verify            whether anybody tampered with them

Each entry is sealed with a hash over it and the seal before it. `verify` prints the newest seal:
whoever keeps that elsewhere can tell even when everything was rewritten. Both need the role admin.
"""
API_KEY_HELP = """Keys for programs: each is good in one space, and acts as whoever made it.

\b
  holdfast api-key                               what there is
  holdfast api-key create "Nightly report" --role viewer --expires 90d
  holdfast api-key revoke hf_Zk3vQ9aB

A program sends it as `Authorization: Bearer hf_…`; an OpenAI client takes it as its `api_key`,
with `…/v1/openai` as its `base_url`. Needs the role admin.
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
