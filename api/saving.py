"""What browsers are to save, under which name."""

from urllib.parse import quote


def attachment(name: str) -> str:
    """RFC 6266: a plain name for old readers, and the whole one."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
