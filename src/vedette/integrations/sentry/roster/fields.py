"""Fields: a project's fields by our names and by the server's, and whether an answer holds what was sent; pure.

Sentry takes a resolve age that it does not have and keeps 0, and leaves out what it finds empty, with 200 both times:
only the answer's own fields tell.
"""

from collections.abc import Mapping
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry.untrusted import number, text
from vedette.model.settings import Dialect

_NAMES = {
    "name": "name",
    "platform": "platform",
    "subject_prefix": "subjectPrefix",
    "sensitive_fields": "sensitiveFields",
    "safe_fields": "safeFields",
    "resolve_age": "resolveAge",
    "allowed_domains": "allowedDomains",
    "throttle": "eventThrottleRate",
}
_NUMBERS = frozenset({"resolve_age", "throttle"})
_GLITCHTIP = frozenset({"name", "platform", "throttle"})


def body_of(after: Mapping[str, object], *, dialect: Dialect, name: str) -> dict[str, Any]:
    """The body that sets the fields; `Refused` for what this server has no place for. `name` is the server's."""
    here = _GLITCHTIP if dialect is Dialect.GLITCHTIP else _NAMES.keys() - {"throttle"}
    strange = sorted(after.keys() - here)
    if strange:
        raise Refused(f"{name}: nothing was sent, since this server's projects have no {', '.join(strange)}")
    return {_NAMES[field]: list(value) if isinstance(value, tuple) else value for field, value in after.items()}


def differing(told: Mapping[str, Any], after: Mapping[str, object]) -> list[str]:
    """What the server holds otherwise than it was asked to, in words."""
    pairs = ((field, wanted, told.get(_NAMES.get(field, field))) for field, wanted in after.items())
    return [
        f"{_NAMES.get(field, field)} was sent as {_shown(wanted)} and is {_shown(held)}"
        for field, wanted, held in pairs
        if _plain(field, wanted) != _plain(field, held)
    ]


def _plain(field: str, value: object) -> object:
    if field in _NUMBERS:
        return number(value) or 0
    if isinstance(value, list | tuple):
        return sorted(text(each).casefold() for each in value)
    return text(value)


def _shown(value: object) -> str:
    return ", ".join(map(text, value)) or "empty" if isinstance(value, list | tuple) else text(value) or "nothing"
