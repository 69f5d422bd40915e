"""A bucket over HTTP that checks signatures as S3 does (AWS Signature Version 4)."""

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

KEY, SECRET, REGION = "key", "secret", "eu-central-1"


@dataclass
class Bucket:
    """`answers` are given first, in the place of its own."""

    objects: dict[str, bytes] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                method, target, _ = line.decode().split()
                headers = await _headers(reader)
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.requests.append(f"{method} {target}")
                status, content = self._answer(method, target, headers, body)
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n"
                    'ETag: "e"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n\r\n'.encode()
                    + content
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        if self.answers:
            return self.answers.pop(0), b"<Error><Message>secret detail</Message></Error>"
        if not signed(method, target, headers, body):
            return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
        name = unquote(urlsplit(target).path)
        if method == "PUT":
            self.objects[name] = body
            return 200, b""
        if method == "DELETE":
            self.objects.pop(name, None)
            return 204, b""
        return (200, self.objects[name]) if name in self.objects else (404, b"<Error/>")


def signed(method: str, target: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether the request carries the signature of its own content by our key."""
    given = headers.get("authorization", "")
    if not given.startswith("AWS4-HMAC-SHA256 "):
        return False
    parts = dict(part.strip().split("=", 1) for part in given.partition(" ")[2].split(","))
    content = headers["x-amz-content-sha256"]
    if content not in {"UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()}:
        return False
    address = urlsplit(target)
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(parse_qsl(address.query, keep_blank_values=True))
    )
    names = parts["SignedHeaders"].split(";")
    canonical = "\n".join(
        [
            *(method, address.path, query),
            *(f"{name}:{headers[name]}" for name in names),
            *("", parts["SignedHeaders"], content),
        ]
    )
    key_id, day, region, service, end = parts["Credential"].split("/")
    wanted = "\n".join(
        [
            *("AWS4-HMAC-SHA256", headers["x-amz-date"], f"{day}/{region}/{service}/{end}"),
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    secret = f"AWS4{SECRET}".encode()
    for part in (day, region, service, end, wanted):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
    return (key_id, region) == (KEY, REGION) and secret.hex() == parts["Signature"]


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    while (line := (await reader.readline()).decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return headers
