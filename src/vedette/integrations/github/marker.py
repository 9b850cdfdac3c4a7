"""Marker: what we write unseen at the end of a body, by which a ticket and a comment are known again.

A ticket's marker holds its stamp and a number drawn anew for each create. That number is the ticket's id: GitHub gives
a transferred issue a new id of its own, while the body goes along.

An error's text may hold anything, so it must not be able to write one: outside of code every `<` is escaped, inside of
code no marker counts, and of several the last one does, which is ours.
"""

import re
import secrets
from collections.abc import Iterator
from urllib.parse import quote, unquote

_TICKET = re.compile(r"<!-- vedette: (\S+) ([0-9a-f]{16}) -->\s*")
_REMARK = re.compile(r"<!-- vedette says: (\S+) -->\s*")
_FENCE = re.compile(r"(`{3,})[^`]*")


def fresh_id() -> str:
    """An id for a ticket that is about to be created."""
    return secrets.token_hex(8)


def ticket_line(stamp: str, ticket_id: str) -> str:
    """The marker of a ticket, a line of its own."""
    return f"<!-- vedette: {quote(stamp, safe='')} {ticket_id} -->"


def remark_line(marker: str) -> str:
    """The marker of a comment, a line of its own."""
    return f"<!-- vedette says: {quote(marker, safe='')} -->"


def read_ticket(body: str) -> tuple[str, str]:
    """Stamp and id of the last marker of a body; two empty texts without one."""
    found = [match for line in _outside_code(body) if (match := _TICKET.fullmatch(line))]
    return (unquote(found[-1][1]), found[-1][2]) if found else ("", "")


def read_remark(body: str) -> str:
    """The marker at the end of a comment; "" without one."""
    found = [match for line in _outside_code(body) if (match := _REMARK.fullmatch(line))]
    return unquote(found[-1][1]) if found else ""


def _outside_code(body: str) -> Iterator[str]:
    """Lines of a body that stand in no block of code as our Markdown writes them."""
    fence = ""
    for line in body.split("\n"):
        if fence:
            # A block ends with a line of at least as many ticks, and nothing else.
            fence = "" if set(line.rstrip()) == {"`"} and line.startswith(fence) else fence
            continue
        begun = _FENCE.fullmatch(line)
        fence = begun[1] if begun else ""
        if not fence:
            yield line
