"""Every operation that takes and gives JSON. Generated: `make clients`."""

from typing import Any
from uuid import UUID, uuid4

from holdfast_client import models
from holdfast_client.client import Client, query_of, read, written


class Operations:
    """The API by its operations' names. ApiError, UnreachableError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list_conversations(
        self,
        *,
        query: str | None = None,
        archived: str | None = None,
        pinned: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ListConversationView:
        """The space's conversations, newest first. A search finds beginnings of words: all in the
        title (these come first), or all in one message, on whatever branch."""
        response = await self._client.ask(
            "GET",
            "/v1/conversations",
            query=query_of(
                query=query, archived=archived, pinned=pinned, limit=limit, cursor=cursor
            ),
        )
        return read(models.ListConversationView, response)

    async def create_conversation(
        self, body: models.NewConversation | None, *, key: UUID | None = None
    ) -> models.ConversationView:
        """Begin a conversation. With an `Idempotency-Key`, a copy answers with the same one."""
        response = await self._client.ask(
            "POST", "/v1/conversations", body=written(body), key=key or uuid4()
        )
        return read(models.ConversationView, response)

    async def get_conversation(self, conversation_id: UUID) -> models.ConversationView:
        """Read one."""
        response = await self._client.ask("GET", f"/v1/conversations/{conversation_id}")
        return read(models.ConversationView, response)

    async def change_conversation(
        self, conversation_id: UUID, body: models.ConversationChange
    ) -> models.ConversationView:
        """Rename it, pin it, archive it (which erases nothing), let another agent answer; or undo
        that."""
        response = await self._client.ask(
            "PATCH", f"/v1/conversations/{conversation_id}", body=written(body)
        )
        return read(models.ConversationView, response)

    async def delete_conversation(self, conversation_id: UUID) -> None:
        """Erase it with everything that hangs on it; what runs there ends at once."""
        await self._client.ask("DELETE", f"/v1/conversations/{conversation_id}")

    async def list_messages(
        self, conversation_id: UUID, *, limit: int | None = None, cursor: str | None = None
    ) -> models.ListMessageView:
        """The history, oldest first."""
        response = await self._client.ask(
            "GET",
            f"/v1/conversations/{conversation_id}/messages",
            query=query_of(limit=limit, cursor=cursor),
        )
        return read(models.ListMessageView, response)

    async def send_message(
        self, conversation_id: UUID, body: models.NewMessage, *, key: UUID | None = None
    ) -> models.Accepted:
        """Send a message. `Accept: text/event-stream` streams the turn that answers it until it
        ends; `Prefer: wait=N` waits for the finished turn; else 202 tells where to
        follow it. A copy (same `id`, or same `Idempotency-Key`) runs nothing and gets
        the same turn."""
        response = await self._client.ask(
            "POST",
            f"/v1/conversations/{conversation_id}/messages",
            body=written(body),
            key=key or uuid4(),
        )
        return read(models.Accepted, response)

    async def stop_conversation(
        self, conversation_id: UUID, *, turn_id: UUID | None = None
    ) -> models.Stopping:
        """Stop the running turn; what it wrote so far is kept. Repeating it changes nothing."""
        response = await self._client.ask(
            "POST", f"/v1/conversations/{conversation_id}/stop", query=query_of(turn_id=turn_id)
        )
        return read(models.Stopping, response)

    async def close_conversation(self, conversation_id: UUID) -> models.Closing:
        """End the session now, or with the turn that runs; its summary follows. The next message
        opens another session."""
        response = await self._client.ask("POST", f"/v1/conversations/{conversation_id}/close")
        return read(models.Closing, response)

    async def clear_conversation(self, conversation_id: UUID) -> None:
        """Erase its messages; keep its id and title. Not while a turn runs (`conversation_busy`)."""
        await self._client.ask("POST", f"/v1/conversations/{conversation_id}/clear")

    async def get_summary(self, conversation_id: UUID) -> models.SummaryView:
        """The latest session's summary; 404 `not_summarised` before there is one."""
        response = await self._client.ask("GET", f"/v1/conversations/{conversation_id}/summary")
        return read(models.SummaryView, response)

    async def list_sessions(self, conversation_id: UUID) -> models.SessionList:
        """All sessions, newest first, with duration and summary."""
        response = await self._client.ask("GET", f"/v1/conversations/{conversation_id}/sessions")
        return read(models.SessionList, response)

    async def move_leaf(self, conversation_id: UUID, body: models.NewLeaf) -> models.LeafView:
        """Rewind to a message, or show another branch; the next message follows it. Nothing is
        erased. Not while a turn runs (`conversation_busy`)."""
        response = await self._client.ask(
            "PUT", f"/v1/conversations/{conversation_id}/leaf", body=written(body)
        )
        return read(models.LeafView, response)

    async def fork_conversation(
        self, conversation_id: UUID, body: models.NewFork | None, *, key: UUID | None = None
    ) -> models.ConversationView:
        """Copy a path into a conversation of its own: messages with their sources, calls and
        events. A turn that runs, or that the path has only a part of, ends there as
        interrupted. With an `Idempotency-Key`, a copy answers with the same one."""
        response = await self._client.ask(
            "POST",
            f"/v1/conversations/{conversation_id}/fork",
            body=written(body),
            key=key or uuid4(),
        )
        return read(models.ConversationView, response)

    async def regenerate_message(
        self,
        conversation_id: UUID,
        message_id: UUID,
        body: models.Regeneration | None,
        *,
        key: UUID | None = None,
    ) -> models.Accepted:
        """Answer a message again: a user's, or the one that an assistant's message answers. The
        new answer stands beside the earlier ones. Answered as a message that is sent."""
        response = await self._client.ask(
            "POST",
            f"/v1/conversations/{conversation_id}/messages/{message_id}/regenerate",
            body=written(body),
            key=key or uuid4(),
        )
        return read(models.Accepted, response)

    async def send_first_message(
        self, body: models.NewMessage, *, key: UUID | None = None
    ) -> models.Accepted:
        """The same, making the conversation too. Copies of the message find the same conversation."""
        response = await self._client.ask(
            "POST", "/v1/messages", body=written(body), key=key or uuid4()
        )
        return read(models.Accepted, response)

    async def list_queue(self, conversation_id: UUID) -> models.QueueView:
        """The messages that wait for the running turn, in their order. 503 `no_worker` while
        nobody is up to tell."""
        response = await self._client.ask("GET", f"/v1/conversations/{conversation_id}/queue")
        return read(models.QueueView, response)

    async def take_message_back(self, conversation_id: UUID, message_id: UUID) -> None:
        """Take back a message that waits: its turn ends as `withdrawn`, having done nothing. Only
        its sender may, or an admin (`not_the_sender`); 409 `already_started` when it
        does not wait. Repeating it changes nothing. After a 503 `no_worker` it may
        still be taken back."""
        await self._client.ask("DELETE", f"/v1/conversations/{conversation_id}/queue/{message_id}")

    async def list_chat_messages(
        self, chat_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.History:
        """The active path as UIMessages, the newest page first. A turn that runs is left to the
        stream: its question stands last."""
        response = await self._client.ask(
            "GET", f"/v1/ai-sdk/chat/{chat_id}/messages", query=query_of(limit=limit, cursor=cursor)
        )
        return read(models.History, response)

    async def get_response(
        self, response_id: str, *, stream: bool | None = None, starting_after: int | None = None
    ) -> Any:
        """As it stands; with `stream` its events, from the first or from behind one."""
        response = await self._client.ask(
            "GET",
            f"/v1/openai/responses/{response_id}",
            query=query_of(stream=stream, starting_after=starting_after),
        )
        return response.json()

    async def cancel_response(self, response_id: str) -> Any:
        """Stop it; what it said so far is kept. One that has ended stays as it is."""
        response = await self._client.ask(
            "POST", f"/v1/openai/responses/{response_id}/cancel", repeat=False
        )
        return response.json()

    async def list_models(self) -> models.ModelList:
        """What `model` may say."""
        response = await self._client.ask("GET", "/v1/openai/models")
        return read(models.ModelList, response)

    async def get_model(self, model: str) -> models.Model:
        """One of them."""
        response = await self._client.ask("GET", f"/v1/openai/models/{model}")
        return read(models.Model, response)

    async def list_shares(
        self, conversation_id: UUID, *, limit: int | None = None, cursor: str | None = None
    ) -> models.ListShareView:
        """Its links, newest first, with those that have ended. The links themselves nobody can
        see."""
        response = await self._client.ask(
            "GET",
            f"/v1/conversations/{conversation_id}/shares",
            query=query_of(limit=limit, cursor=cursor),
        )
        return read(models.ListShareView, response)

    async def create_share(
        self, conversation_id: UUID, body: models.NewShareBody | None, *, key: UUID | None = None
    ) -> models.MadeShare:
        """A link to the path that ends at a message. What is said later, or on other branches, it
        does not show; what is erased or withdrawn, it shows no more. 100 that work at
        once."""
        response = await self._client.ask(
            "POST",
            f"/v1/conversations/{conversation_id}/shares",
            body=written(body),
            key=key or uuid4(),
        )
        return read(models.MadeShare, response)

    async def revoke_share(self, conversation_id: UUID, share_id: UUID) -> None:
        """From now on it shows nothing. Another person's link takes an admin."""
        await self._client.ask("DELETE", f"/v1/conversations/{conversation_id}/shares/{share_id}")

    async def read_shared(
        self, token: str, *, limit: int | None = None, cursor: str | None = None
    ) -> models.SharedView:
        """What a link shows, to anybody: text and what names its sources; no ids."""
        response = await self._client.ask(
            "GET", f"/v1/shared/{token}", query=query_of(limit=limit, cursor=cursor)
        )
        return read(models.SharedView, response)

    async def give_feedback(
        self, conversation_id: UUID, message_id: UUID, body: models.NewOpinion
    ) -> models.OpinionsView:
        """Rate an answer, in place of what you said of it before."""
        response = await self._client.ask(
            "PUT",
            f"/v1/conversations/{conversation_id}/messages/{message_id}/feedback",
            body=written(body),
        )
        return read(models.OpinionsView, response)

    async def take_feedback_back(self, conversation_id: UUID, message_id: UUID) -> None:
        """Take back what you said. Repeating it changes nothing."""
        await self._client.ask(
            "DELETE", f"/v1/conversations/{conversation_id}/messages/{message_id}/feedback"
        )

    async def list_feedback(
        self,
        *,
        rating: models.Rating | None = None,
        since: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ListFeedbackView:
        """What people said of answers in the space, newest first."""
        response = await self._client.ask(
            "GET",
            "/v1/feedback",
            query=query_of(rating=rating, since=since, limit=limit, cursor=cursor),
        )
        return read(models.ListFeedbackView, response)

    async def list_turns(
        self, conversation_id: UUID, *, limit: int | None = None, cursor: str | None = None
    ) -> models.ListTurnSummary:
        """All turns, newest first, those on other branches and withdrawn ones too."""
        response = await self._client.ask(
            "GET",
            f"/v1/conversations/{conversation_id}/turns",
            query=query_of(limit=limit, cursor=cursor),
        )
        return read(models.ListTurnSummary, response)

    async def inspect_turn(self, conversation_id: UUID, turn_id: UUID) -> models.TurnInspection:
        """Its stages, model calls, tool calls, approvals, usage, passages and stored events."""
        response = await self._client.ask(
            "GET", f"/v1/conversations/{conversation_id}/turns/{turn_id}"
        )
        return read(models.TurnInspection, response)

    async def inspect_run(self, run_id: UUID) -> models.TurnInspection:
        """The same of a run, which is one turn. 404 `turn_not_found` until a worker has taken it."""
        response = await self._client.ask("GET", f"/v1/runs/{run_id}/turn")
        return read(models.TurnInspection, response)

    async def get_conversation_usage(
        self, conversation_id: UUID, *, limit: int | None = None, cursor: str | None = None
    ) -> models.ConversationUsage:
        """All that it has cost, and each of its turns, newest first."""
        response = await self._client.ask(
            "GET",
            f"/v1/conversations/{conversation_id}/usage",
            query=query_of(limit=limit, cursor=cursor),
        )
        return read(models.ConversationUsage, response)

    async def get_usage(
        self, *, since: str | None = None, until: str | None = None, by: models.By | None = None
    ) -> models.UsageReport:
        """What the space has used from `since` until before `until`, 366 days at most. By user:
        for admins alone."""
        response = await self._client.ask(
            "GET", "/v1/usage", query=query_of(since=since, until=until, by=by)
        )
        return read(models.UsageReport, response)

    async def start_run(self, body: models.NewRun, *, key: UUID | None = None) -> models.Accepted:
        """Let an agent work on one input. Answers in the same three manners as a message; the
        `conversation_id` that it names is the run's id."""
        response = await self._client.ask(
            "POST", "/v1/runs", body=written(body), key=key or uuid4()
        )
        return read(models.Accepted, response)

    async def get_run(self, run_id: UUID) -> models.RunView:
        """How it stands, and its answer once it has ended."""
        response = await self._client.ask("GET", f"/v1/runs/{run_id}")
        return read(models.RunView, response)

    async def stop_run(self, run_id: UUID) -> models.Stopping:
        """Stop it; what it wrote so far is kept."""
        response = await self._client.ask("POST", f"/v1/runs/{run_id}/stop")
        return read(models.Stopping, response)

    async def list_approvals(
        self,
        *,
        state: models.ApprovalState | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ListApprovalView:
        """The space's approvals, newest first."""
        response = await self._client.ask(
            "GET", "/v1/approvals", query=query_of(state=state, limit=limit, cursor=cursor)
        )
        return read(models.ListApprovalView, response)

    async def get_approval(self, approval_id: UUID) -> models.ApprovalView:
        """Read one."""
        response = await self._client.ask("GET", f"/v1/approvals/{approval_id}")
        return read(models.ApprovalView, response)

    async def decide_approval(self, approval_id: UUID, body: models.Verdict) -> models.ApprovalView:
        """Approve, deny, send back with a note, or approve with other arguments. The first verdict
        counts: later ones get 409. Who may decide is the approval's to say: 403
        `role_required`, `four_eyes`."""
        response = await self._client.ask(
            "POST", f"/v1/approvals/{approval_id}", body=written(body)
        )
        return read(models.ApprovalView, response)

    async def list_audit(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> models.ListAuditEntryView:
        """The space's trail, newest first."""
        response = await self._client.ask(
            "GET", "/v1/audit", query=query_of(limit=limit, cursor=cursor)
        )
        return read(models.ListAuditEntryView, response)

    async def verify_audit(self) -> models.AuditCheck:
        """Read the whole chain. Changed, missing and added entries are named."""
        response = await self._client.ask("GET", "/v1/audit/verification")
        return read(models.AuditCheck, response)

    async def get_policy(self) -> models.PolicyView:
        """The organisation's policy that is in force."""
        response = await self._client.ask("GET", "/v1/policy")
        return read(models.PolicyView, response)

    async def set_policy(self, body: models.PolicyChange) -> models.PolicyView:
        """Put another in its place, as the next version. What it says is checked first."""
        response = await self._client.ask("PUT", "/v1/policy", body=written(body))
        return read(models.PolicyView, response)

    async def list_policy_versions(self) -> models.ListPolicyView:
        """The last 200, the newest first; the one that ships is the oldest."""
        response = await self._client.ask("GET", "/v1/policy/versions")
        return read(models.ListPolicyView, response)

    async def try_policy(self, body: models.Trial) -> models.DecisionView:
        """What it would say of a call, and why. Nothing runs."""
        response = await self._client.ask("POST", "/v1/policy/try", body=written(body))
        return read(models.DecisionView, response)

    async def get_safety(self) -> models.SafetyView:
        """What the space has taken out of answers, and what it does about malicious messages."""
        response = await self._client.ask("GET", "/v1/safety")
        return read(models.SafetyView, response)

    async def set_safety(self, body: models.SafetyChange) -> models.SafetyView:
        """Change it for turns from now on."""
        response = await self._client.ask("PUT", "/v1/safety", body=written(body))
        return read(models.SafetyView, response)

    async def get_budgets(self) -> models.BudgetsView:
        """All that are set, and what they leave the caller."""
        response = await self._client.ask("GET", "/v1/budgets")
        return read(models.BudgetsView, response)

    async def set_budget(self, body: models.BudgetChange) -> models.BudgetsView:
        """Set one holder's budget, or lift it by leaving both limits out. A turn that is running
        ends as `budget_exhausted` before its next model call."""
        response = await self._client.ask("PUT", "/v1/budgets", body=written(body))
        return read(models.BudgetsView, response)

    async def list_documents(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        collection: str | None = None,
        status: models.DocumentStatus | None = None,
        query: str | None = None,
        media_type: str | None = None,
    ) -> models.ListDocumentView:
        """The space's documents, newest first."""
        response = await self._client.ask(
            "GET",
            "/v1/documents",
            query=query_of(
                limit=limit,
                cursor=cursor,
                collection=collection,
                status=status,
                query=query,
                media_type=media_type,
            ),
        )
        return read(models.ListDocumentView, response)

    async def get_document(self, document_id: UUID) -> models.DocumentView:
        """One document and how far it is."""
        response = await self._client.ask("GET", f"/v1/documents/{document_id}")
        return read(models.DocumentView, response)

    async def change_document(
        self, document_id: UUID, body: models.DocumentChange
    ) -> models.DocumentView:
        """Change its title, its collection, or what is known of it. Its passages stay."""
        response = await self._client.ask(
            "PATCH", f"/v1/documents/{document_id}", body=written(body)
        )
        return read(models.DocumentView, response)

    async def delete_document(self, document_id: UUID) -> None:
        """Remove it with all its versions, passages and pictures."""
        await self._client.ask("DELETE", f"/v1/documents/{document_id}")

    async def refresh_document(
        self, document_id: UUID, *, key: UUID | None = None
    ) -> models.DocumentView:
        """Fetch it from its address again, as a new version."""
        response = await self._client.ask(
            "POST", f"/v1/documents/{document_id}/refresh", key=key or uuid4()
        )
        return read(models.DocumentView, response)

    async def list_passages(
        self,
        document_id: UUID,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        at: UUID | None = None,
    ) -> models.ListDocumentPassage:
        """What searches find of it, in order; nothing before its first version is ready."""
        response = await self._client.ask(
            "GET",
            f"/v1/documents/{document_id}/passages",
            query=query_of(limit=limit, cursor=cursor, at=at),
        )
        return read(models.ListDocumentPassage, response)

    async def list_collections(self) -> models.CollectionList:
        """The space's collections, by name; `general` is always among them."""
        response = await self._client.ask("GET", "/v1/collections")
        return read(models.CollectionList, response)

    async def create_collection(
        self, body: models.NewCollection, *, key: UUID | None = None
    ) -> models.CollectionView:
        """Make one. Its name is its id: with an `Idempotency-Key`, a copy of the request that made
        it is answered with it; else 409 `collection_exists`."""
        response = await self._client.ask(
            "POST", "/v1/collections", body=written(body), key=key or uuid4()
        )
        return read(models.CollectionView, response)

    async def get_collection(self, name: str) -> models.CollectionView:
        """Read one."""
        response = await self._client.ask("GET", f"/v1/collections/{name}")
        return read(models.CollectionView, response)

    async def change_collection(
        self, name: str, body: models.CollectionChange
    ) -> models.CollectionView:
        """Change what is said of it, or how it is cut. Documents that it has keep their passages
        until they are taken in again."""
        response = await self._client.ask("PATCH", f"/v1/collections/{name}", body=written(body))
        return read(models.CollectionView, response)

    async def delete_collection(self, name: str) -> None:
        """Remove an empty one. `general` stays, and so does `approved_content`."""
        await self._client.ask("DELETE", f"/v1/collections/{name}")

    async def get_profile(self) -> models.ProfileView:
        """The profile that every turn starts from."""
        response = await self._client.ask("GET", "/v1/space/profile")
        return read(models.ProfileView, response)

    async def set_profile(self, body: models.Profile) -> models.ProfileView:
        """Write it: a few paragraphs on what the business is, sells and avoids."""
        response = await self._client.ask("PUT", "/v1/space/profile", body=written(body))
        return read(models.ProfileView, response)

    async def list_connections(self) -> models.ConnectionsView:
        """The space's connections; never their tokens."""
        response = await self._client.ask("GET", "/v1/connections")
        return read(models.ConnectionsView, response)

    async def begin_connection(self, provider: str) -> models.Departure:
        """Where to send the person; the answer's cookie must be there when they come back."""
        response = await self._client.ask("POST", f"/v1/connections/{provider}", repeat=False)
        return read(models.Departure, response)

    async def remove_connection(self, provider: str) -> None:
        """Take the grant back at the provider, as far as it answers, and forget it here."""
        await self._client.ask("DELETE", f"/v1/connections/{provider}")

    async def list_mcp_servers(self) -> models.McpServersView:
        """The organisation's servers with their tools; never their secrets."""
        response = await self._client.ask("GET", "/v1/mcp-servers")
        return read(models.McpServersView, response)

    async def register_mcp_server(self, body: models.McpRegistration) -> models.McpServerView:
        """Its tools are looked at; an agent gets none of them before they are allowed. A server
        that cannot be reached is registered all the same, and `error` says why."""
        response = await self._client.ask(
            "POST", "/v1/mcp-servers", body=written(body), repeat=False
        )
        return read(models.McpServerView, response)

    async def refresh_mcp_server(self, server_id: UUID) -> models.McpServerView:
        """Look at its tools again: one that differs from what was allowed has to be allowed anew."""
        response = await self._client.ask(
            "POST", f"/v1/mcp-servers/{server_id}/refresh", repeat=False
        )
        return read(models.McpServerView, response)

    async def allow_mcp_tool(
        self, server_id: UUID, tool: str, body: models.McpAllowance
    ) -> models.McpServerView:
        """Allow the tool as it was looked at, and say what it does to the world."""
        response = await self._client.ask(
            "PUT", f"/v1/mcp-servers/{server_id}/tools/{tool}", body=written(body)
        )
        return read(models.McpServerView, response)

    async def refuse_mcp_tool(self, server_id: UUID, tool: str) -> models.McpServerView:
        """No agent calls it from now on, whatever it becomes."""
        response = await self._client.ask("DELETE", f"/v1/mcp-servers/{server_id}/tools/{tool}")
        return read(models.McpServerView, response)

    async def remove_mcp_server(self, server_id: UUID) -> None:
        """Forget it, its secret and what was allowed."""
        await self._client.ask("DELETE", f"/v1/mcp-servers/{server_id}")

    async def list_content(
        self,
        *,
        state: models.ContentState | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.ListContentView:
        """The space's items, the newest first, each with its newest version."""
        response = await self._client.ask(
            "GET", "/v1/content", query=query_of(state=state, limit=limit, cursor=cursor)
        )
        return read(models.ListContentView, response)

    async def create_content(
        self, body: models.NewContent, *, key: UUID | None = None
    ) -> models.ContentView:
        """Make a draft. A copy by the same person (same `id` or `Idempotency-Key`, same content)
        finds it; another text with its `id` or key is 409 `content_exists`."""
        response = await self._client.ask(
            "POST", "/v1/content", body=written(body), key=key or uuid4()
        )
        return read(models.ContentView, response)

    async def get_content(self, item_id: UUID) -> models.ContentView:
        """Read one, with all its versions."""
        response = await self._client.ask("GET", f"/v1/content/{item_id}")
        return read(models.ContentView, response)

    async def revise_content(
        self, item_id: UUID, body: models.ContentRevision
    ) -> models.ContentView:
        """Write a new version: a draft again. What is approved stays published until the next is."""
        response = await self._client.ask("PATCH", f"/v1/content/{item_id}", body=written(body))
        return read(models.ContentView, response)

    async def submit_content(
        self, item_id: UUID, body: models.Submission | None
    ) -> models.ContentView:
        """Ask for a review. Approvers see it in their inbox and in Slack; `POST
        /v1/approvals/{id}` with its `review_id` decides. With `expected`, 409
        `content_changed` unless that version is the newest."""
        response = await self._client.ask(
            "POST", f"/v1/content/{item_id}/submit", body=written(body), repeat=False
        )
        return read(models.ContentView, response)

    async def get_slack(self) -> models.SlackView:
        """Where this space asks in Slack."""
        response = await self._client.ask("GET", "/v1/slack")
        return read(models.SlackView, response)

    async def uninstall_slack(self) -> None:
        """Give the token back, and forget."""
        await self._client.ask("DELETE", "/v1/slack")

    async def install_slack(self) -> models.InstallView:
        """Begin: send an admin of the workspace to `url`."""
        response = await self._client.ask("POST", "/v1/slack/install", repeat=False)
        return read(models.InstallView, response)

    async def choose_slack_channel(self, body: models.ChosenChannel) -> models.SlackView:
        """Ask there from now on; what was asked before stays where it is."""
        response = await self._client.ask("PUT", "/v1/slack/channel", body=written(body))
        return read(models.SlackView, response)

    async def preview_slack_link(self, *, token: str | None = None) -> models.LinkView:
        """Which Slack account a token is for: look before you confirm."""
        response = await self._client.ask("GET", "/v1/slack/link", query=query_of(token=token))
        return read(models.LinkView, response)

    async def link_slack(self, body: models.LinkToken) -> models.LinkView:
        """This Slack account is mine: what is pressed there is my verdict from now on."""
        response = await self._client.ask(
            "POST", "/v1/slack/link", body=written(body), repeat=False
        )
        return read(models.LinkView, response)

    async def unlink_slack(self) -> None:
        """My Slack account counts no more."""
        await self._client.ask("DELETE", "/v1/slack/link")

    async def unlink_slack_member(self, user_id: UUID) -> None:
        """This member's Slack account counts no more."""
        await self._client.ask("DELETE", f"/v1/slack/links/{user_id}")

    async def slack_interaction(self) -> Any:
        """What somebody pressed in Slack. Answered within 2 s: what takes longer goes on behind."""
        response = await self._client.ask("POST", "/v1/slack/interactions", repeat=False)
        return response.json()

    async def slack_event(self) -> Any:
        """What happened in a workspace. Repeats are harmless: each is done again to the same end."""
        response = await self._client.ask("POST", "/v1/slack/events", repeat=False)
        return response.json()

    async def list_agents(self) -> models.AgentList:
        """The agents that the caller may use. `auto` stands for whichever of them fits a message."""
        response = await self._client.ask("GET", "/v1/agents")
        return read(models.AgentList, response)

    async def create_agent(
        self, body: models.NewAgent, *, key: UUID | None = None
    ) -> models.AgentVersionView:
        """Make one. Its name is its id: with an `Idempotency-Key`, a copy of the request that made
        it is answered with it; else 409 `agent_exists`."""
        response = await self._client.ask(
            "POST", "/v1/agents", body=written(body), key=key or uuid4()
        )
        return read(models.AgentVersionView, response)

    async def get_agent(self, name: str, *, version: int | None = None) -> models.AgentVersionView:
        """Read one whole, as it was written."""
        response = await self._client.ask(
            "GET", f"/v1/agents/{name}", query=query_of(version=version)
        )
        return read(models.AgentVersionView, response)

    async def change_agent(self, name: str, body: models.AgentChange) -> models.AgentVersionView:
        """Make the next version; turns that begin from now on have it, within five seconds. Made
        on another version than the current one: 409 `agent_changed`."""
        response = await self._client.ask("PATCH", f"/v1/agents/{name}", body=written(body))
        return read(models.AgentVersionView, response)

    async def archive_agent(self, name: str) -> None:
        """No new turn may name it; those that have it go on, and its versions stay. What ships
        cannot be archived (`agent_shipped`)."""
        await self._client.ask("DELETE", f"/v1/agents/{name}")

    async def list_agent_versions(self, name: str) -> models.AgentVersions:
        """What it was, the newest 200 first; each can be read with `?version=`."""
        response = await self._client.ask("GET", f"/v1/agents/{name}/versions")
        return read(models.AgentVersions, response)

    async def roll_back_agent(self, name: str, body: models.Rollback) -> models.AgentVersionView:
        """Make a next version that says what that one said; it brings an archived agent back."""
        response = await self._client.ask(
            "POST", f"/v1/agents/{name}/rollback", body=written(body), repeat=False
        )
        return read(models.AgentVersionView, response)

    async def get_agent_instructions(self, name: str, *, version: int | None = None) -> models.Told:
        """Its instructions as a plain turn in this space has them today: the template filled in,
        with the examples. Tools that this deployment lacks are named here all the same."""
        response = await self._client.ask(
            "GET", f"/v1/agents/{name}/instructions", query=query_of(version=version)
        )
        return read(models.Told, response)

    async def get_session(self) -> models.SessionView:
        """Who is signed in, by the cookie or by a token; signed out is an answer, too."""
        response = await self._client.ask("GET", "/v1/session")
        return read(models.SessionView, response)

    async def sign_in(self, body: models.SignInRequest) -> models.SessionView:
        """Begin a session, as a person of those that the deployment lists, or by a bearer token.
        The answer sets its cookie; a session that the browser had ends."""
        response = await self._client.ask("POST", "/v1/session", body=written(body), repeat=False)
        return read(models.SessionView, response)

    async def sign_out(self, *, everywhere: bool | None = None) -> None:
        """End the session; 204 as well when there is none."""
        await self._client.ask("DELETE", "/v1/session", query=query_of(everywhere=everywhere))

    async def list_api_keys(self) -> models.ApiKeysView:
        """The space's keys, the newest first; never their secrets."""
        response = await self._client.ask("GET", "/v1/api-keys")
        return read(models.ApiKeysView, response)

    async def create_api_key(self, body: models.NewApiKey) -> models.MadeApiKey:
        """Make a key for this space, that acts as you. It is shown in this answer, and never
        again."""
        response = await self._client.ask("POST", "/v1/api-keys", body=written(body), repeat=False)
        return read(models.MadeApiKey, response)

    async def revoke_api_key(self, key_id: UUID) -> None:
        """It opens nothing from now on; streams and sockets that are open end with their time."""
        await self._client.ask("DELETE", f"/v1/api-keys/{key_id}")

    async def list_origins(self) -> models.OriginsView:
        """Pages of these origins may call for the organisation's people, in all its spaces."""
        response = await self._client.ask("GET", "/v1/origins")
        return read(models.OriginsView, response)

    async def replace_origins(self, body: models.OriginsBody) -> models.OriginsView:
        """These and no others, within seconds on every edge. They call with bearer tokens of their
        own: cookies of ours are never sent along."""
        response = await self._client.ask("PUT", "/v1/origins", body=written(body))
        return read(models.OriginsView, response)

    async def get_info(self) -> models.Info:
        """Version, models, limits and features of this deployment."""
        response = await self._client.ask("GET", "/v1/info")
        return read(models.Info, response)

    async def create_stream_ticket(self, body: models.NewTicket) -> models.Ticket:
        """For readers that can set no headers: opens one stream of that conversation, or of that
        document, as `…/events?ticket=`, once, within 60 s."""
        response = await self._client.ask(
            "POST", "/v1/stream-tickets", body=written(body), repeat=False
        )
        return read(models.Ticket, response)
