"""The commands about documents: take them in, search them, keep them in collections."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.group import group
from cli.help import COLLECTIONS_HELP
from cli.options import Api, Json, Space, Token

# Imports stand inside the commands, so that `holdfast --help` answers at once.

collections = group(COLLECTIONS_HELP)

Collection = Annotated[
    str | None,
    typer.Option(
        "--collection", "-c", metavar="NAME", help="Where they go.", show_default="general"
    ),
]
Collections = Annotated[
    list[str] | None,
    typer.Option("--collection", "-c", metavar="NAME", help="Only this one; repeatable."),
]
Authors = Annotated[list[str] | None, typer.Option("--author", metavar="NAME", help="Repeatable.")]
Languages = Annotated[
    list[str] | None, typer.Option("--language", metavar="CODE", help="en, de…; repeatable.")
]
Keywords = Annotated[
    list[str] | None, typer.Option("--keyword", "-k", metavar="WORD", help="Repeatable.")
]
Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD")]


def ingest(  # noqa: PLR0913, PLR0917 - what may be said on a command line
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders and addresses.", metavar="PATH|URL…")
    ],
    collection: Collection = None,
    title: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Of one document.", show_default="its own or the name"),
    ] = None,
    author: Annotated[str | None, typer.Option(metavar="NAME", help="Who wrote them.")] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="en, de…", show_default="found out")
    ] = None,
    published: Day = None,
    keyword: Keywords = None,
    api: Api = None,
    token: Token = None,
    space: Space = None,
    *,
    as_json: Json = False,
) -> None:
    from cli.failure import CliError  # noqa: PLC0415 - quick help
    from cli.ingest import ingest as take_in  # noqa: PLC0415
    from cli.place import find  # noqa: PLC0415

    if title and (len(paths) > 1 or Path(paths[0]).is_dir()):
        raise CliError("--title is for one document alone.", code=2)
    said = {
        "title": title,
        "collection": collection,
        "author": author,
        "language": language,
        "published_on": published,
        "keywords": keyword,
    }
    given = {name: value for name, value in said.items() if value}
    place = find(api, token, space)
    raise typer.Exit(asyncio.run(take_in(place, paths, given, as_json=as_json)))


def search(  # noqa: PLR0913, PLR0917 - as above
    query: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    top_k: Annotated[
        int, typer.Option("--top-k", "-n", min=1, max=50, metavar="N", help="How many at most.")
    ] = 5,
    collection: Collections = None,
    author: Authors = None,
    language: Languages = None,
    keyword: Keywords = None,
    published_from: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD")] = None,
    published_to: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD")] = None,
    min_score: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="0-1", help="Nothing that is worse.")
    ] = None,
    image: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Find pictures like this one instead.")
    ] = None,
    api: Api = None,
    token: Token = None,
    space: Space = None,
    *,
    rerank: Annotated[
        bool, typer.Option("--rerank/--no-rerank", help="Let a reranker judge the best.")
    ] = True,
    as_json: Json = False,
) -> None:
    from cli.failure import CliError  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415
    from cli.search import search as look  # noqa: PLC0415

    if (query is None) == (image is None):
        raise CliError("Say what to look for: a question, or --image FILE.", code=2)
    filters = {
        "authors": author,
        "languages": language,
        "keywords": keyword,
        "published_from": published_from,
        "published_to": published_to,
    }
    asked = {
        "query": query,
        "top_k": top_k,
        "collections": collection,
        "min_score": min_score,
        "rerank": rerank if query is not None else None,
        "filters": {name: value for name, value in filters.items() if value},
    }
    body = {name: value for name, value in asked.items() if value not in (None, {}, [])}
    place = find(api, token, space)
    raise typer.Exit(asyncio.run(look(place, body, image, as_json=as_json)))


@collections.command("list")
def list_collections(context: typer.Context, *, as_json: Json = False) -> None:
    """Names, what they hold, and how their documents are cut."""
    from cli.collections import show  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, also = context.obj
    asyncio.run(show(find(*where), as_json=as_json or also))


@collections.command("create")
def create_collection(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="a-z, 0-9, - and _; 64 at most.")],
    description: Annotated[str | None, typer.Option("--description", "-d", metavar="TEXT")] = None,
    chunker: Annotated[
        str | None,
        typer.Option(
            metavar="KIND", help="semantic, fixed, recursive or sentence.", show_default="semantic"
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(metavar="N", help="Characters of a passage.", show_default="1500"),
    ] = None,
    overlap: Annotated[
        int | None,
        typer.Option(metavar="N", help="Characters two share.", show_default="200"),
    ] = None,
    recency_days: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS", help="After so many, half as good.", show_default="age is nothing"
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Make one. Its documents are cut as it says."""
    from cli.collections import create  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    cut = {"chunker": chunker, "size": size, "overlap": overlap}
    chunking = {key: value for key, value in cut.items() if value is not None}
    said = {"description": description, "chunking": chunking, "recency_days": recency_days}
    body = {key: value for key, value in said.items() if value not in (None, {})}
    *where, also = context.obj
    asyncio.run(create(find(*where), {"name": name, **body}, as_json=as_json or also))


@collections.command("delete")
def delete_collection(
    context: typer.Context, name: Annotated[str, typer.Argument(help="An empty one.")]
) -> None:
    """Remove an empty one."""
    from cli.collections import delete  # noqa: PLC0415 - quick help
    from cli.place import find  # noqa: PLC0415

    *where, _ = context.obj
    asyncio.run(delete(find(*where), name))
