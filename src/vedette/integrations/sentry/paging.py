"""Paging: where the next page of a list begins, read out of a Link header; pure.

Sentry always sends both directions and says `results="false"` on the last page; GlitchTip sends the repr of a Python
set, and leaves `cursor` to the address. Only the cursor is taken, never the address: a header must not choose the host.
"""

import re
from urllib.parse import parse_qs, urlsplit

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_ATTRIBUTE = re.compile(r'(\w+)\s*=\s*"([^"]*)"')


def next_cursor(header: str) -> str | None:
    """The cursor of the next page; None on the last one, and where the header cannot be read."""
    for address, rest in _LINK.findall(header):
        said = dict(_ATTRIBUTE.findall(rest))
        if said.get("rel") == "next" and said.get("results", "true") == "true":
            return said.get("cursor") or _cursor_of(address)
    return None


def ends(header: str) -> bool:
    """Whether the header says, readably, that no page follows; a header that is cut or missing says nothing."""
    told = [dict(_ATTRIBUTE.findall(rest)) for _, rest in _LINK.findall(header)]
    return any(said.get("rel") == "next" and said.get("results") == "false" for said in told)


def _cursor_of(address: str) -> str | None:
    try:
        return next(iter(parse_qs(urlsplit(address).query).get("cursor", [])), None)
    except ValueError:
        return None
