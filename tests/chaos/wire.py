"""What a client of Postgres sends, message by message."""

import re
import struct

# Requests to encrypt come before anything else and look like a startup message.
_ENCRYPT = frozenset({80877103, 80877104})
LONGEST_MESSAGE = 64 * 1024 * 1024  # bytes; a longer one is a stream that we misread
_WRITES = re.compile(
    rb"\b(?:INSERT\s+INTO|DELETE\s+FROM|(?<!FOR )(?<!KEY )UPDATE)\s", re.IGNORECASE
)


class Messages:
    """Messages out of bytes, however they are cut: each one's type and body."""

    def __init__(self) -> None:
        self._rest = b""
        self._begun = False

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        self._rest += data
        found = []
        while (message := self._next()) is not None:
            found.append(message)
        return found

    def _next(self) -> tuple[bytes, bytes] | None:
        kind = 1 if self._begun else 0  # a startup message has no type
        if len(self._rest) < kind + 4:
            return None
        (length,) = struct.unpack_from("!i", self._rest, kind)
        if not 4 <= length <= LONGEST_MESSAGE:
            raise ValueError(f"A message of {length} bytes: this is not Postgres's protocol.")
        if len(self._rest) < kind + length:
            return None
        message = self._rest[:kind], self._rest[kind + 4 : kind + length]
        self._rest = self._rest[kind + length :]
        if not self._begun:
            (code,) = struct.unpack_from("!i", message[1])
            self._begun = code not in _ENCRYPT
        return message


class Transactions:
    """Follows one client's transactions: which COMMITs are of one that wrote."""

    def __init__(self) -> None:
        self._messages = Messages()
        self._writing: dict[bytes, bool] = {}
        """Prepared statements by name."""
        self._wrote = False

    def commits(self, data: bytes) -> bool:
        """Whether the COMMIT of a transaction that wrote ends in these bytes."""
        # Every message is looked at: a statement may be prepared behind the COMMIT.
        return any([self._commit(*message) for message in self._messages.feed(data)])  # noqa: C419 - see above

    def _commit(self, kind: bytes, body: bytes) -> bool:
        match kind:
            case b"P":  # Parse: name, statement
                name, statement, *_ = body.split(b"\0", 2)
                self._writing[name] = bool(_WRITES.search(statement))
            case b"B":  # Bind: portal, name
                _, name, *_ = body.split(b"\0", 2)
                self._wrote |= self._writing.get(name, False)
            case b"Q" if body == b"COMMIT\0":
                wrote, self._wrote = self._wrote, False
                return wrote
            case b"Q" if body.startswith((b"BEGIN", b"ROLLBACK")):
                self._wrote = False
        return False
