"""Letters: who asks for access in a mail that Sentry sent to the owners."""

import hashlib
import re

from vedette.model.org import AccessRequest, Ask
from vedette.model.requests import FROM_MAIL

SUBJECT = "Sentry Access Request"
_ASKS = re.compile(r"(?P<who>[^\n]*?)\s+is requesting access to\b(?P<what>[^\n]*)", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+\.[^\s<>()\[\],;:\"'.]+")
_TEAM = re.compile(r"(?:the\s+)?#?(?P<slug>[A-Za-z0-9][A-Za-z0-9_-]*)\s+team\b", re.IGNORECASE)
_BRACKETS = str.maketrans("", "", "()<>[]")
_LONGEST = 200


def request_in(text: str) -> AccessRequest:
    """The request that a mail tells of; the same ask has the same id, however many mails tell of it."""
    found = _ASKS.search(text)
    who = found["who"][-_LONGEST:].strip() if found else ""
    team = _TEAM.search(found["what"]) if found else None
    address = _ADDRESS.search(who)
    name = " ".join(_ADDRESS.sub(" ", who).translate(_BRACKETS).split())
    email, slug = address[0] if address else "", team["slug"] if team else ""
    said = "\n".join(map(str.casefold, (name, email, slug))) if found else text
    number = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:10]
    return AccessRequest(number, Ask.JOIN_TEAM, email, name, team=slug, source=FROM_MAIL)
