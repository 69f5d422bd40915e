"""Bodies that are a form or JSON at one address, which FastAPI does not read: by hand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from api.bulk import Bulk
from api.problems import NamedHTTPError
from models.errors import InvalidError

# A title, an author, a language, a date, a collection, and 32 keywords; or a search's filters.
_FIELDS: Final = 64
# Bytes of one field.
_FIELD: Final = 16 * 1024

Model = TypeVar("Model", bound=BaseModel)


def is_form(request: Request) -> bool:
    content_type = request.headers.get("content-type", "")
    return content_type.lower().startswith("multipart/form-data")


async def json_of(request: Request, model: type[Model]) -> Model:
    """The body as `model`; 400 json_invalid when it is no JSON."""
    try:
        given = await request.json()
    except (ValueError, RecursionError):
        raise NamedHTTPError(400, "json_invalid", "The body is neither a form nor JSON.") from None
    return checked(model, given)


def checked(model: type[Model], given: object) -> Model:
    """RequestValidationError, as FastAPI itself would raise it."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        raise RequestValidationError(found) from None
    except RecursionError:
        raise NamedHTTPError(400, "json_invalid", "The body is nested too deeply.") from None


@asynccontextmanager
async def form_of(request: Request, places: Bulk) -> AsyncIterator[FormData]:
    """A form with one file at most, its fields bounded; 400 form_invalid for any other. The file
    is on disk when it is large, and goes with the form, as its place does."""
    async with places.place(), _read(request) as form:
        yield form


@asynccontextmanager
async def _read(request: Request) -> AsyncIterator[FormData]:
    reading = request.form(max_files=1, max_fields=_FIELDS, max_part_size=_FIELD)
    try:
        form = await reading
    except HTTPException as error:
        if isinstance(error, NamedHTTPError):
            raise
        raise NamedHTTPError(400, "form_invalid", str(error.detail)[:300]) from None
    try:
        yield form
    finally:
        await form.close()


def file_of(form: FormData, name: str) -> UploadFile:
    """InvalidError("file_required") when the form has no such file."""
    file = form.get(name)
    if not isinstance(file, UploadFile):
        raise InvalidError(f"Send the file as the field `{name}`.", code="file_required")
    return file


def fields_of(form: FormData, lists: Mapping[str, str], file: str) -> dict[str, Any]:
    """The form's other fields as JSON would have them: those in `lists` may be repeated, or hold
    several values between commas; they get the name that the mapping gives them. Empty fields
    count as left out: browsers send every field that a form shows."""
    found: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name == file:
            continue
        if not isinstance(value, str):
            raise InvalidError(f"The only file is `{file}`.", code="file_required")
        if name in lists:
            several = [part.strip() for part in value.split(",") if part.strip()]
            found.setdefault(lists[name], []).extend(several)
        elif name in found:
            raise InvalidError(f"The field `{name[:40]}` comes twice.", code="field_repeated")
        elif value:
            found[name] = value
    return {name: value for name, value in found.items() if value != []}
