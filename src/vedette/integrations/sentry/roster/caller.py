"""Caller: whose token it is; calls, and no decisions.

A plan that does not know could delete the account that it works with. An integration's token is nobody's: the root
answers it without a user.
"""

from typing import Any

from vedette.errors import Refused, Unauthorised
from vedette.integrations.sentry.roster import lacks
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.talking import WebPage
from vedette.integrations.sentry.talker import Forbidden
from vedette.integrations.sentry.untrusted import mapping, text
from vedette.model.org import Caller


def caller_of(errands: Errands, places: Places, told: set[str]) -> Caller:
    """The person behind the token; nobody for an integration's, and for a server that tells nothing (told as lack)."""
    root = _said(errands, "")
    if root is not None and "user" in mapping(root):
        return _person(mapping(root).get("user"))
    membership = _said(errands, places.member("me"))
    if membership is None:
        told.add(lacks.CALLER)
        return Caller()
    return _person(mapping(membership).get("user"))


def _person(user: Any) -> Caller:
    return Caller(text(mapping(user).get("id")), text(mapping(user).get("email")))


def _said(errands: Errands, path: str) -> Any | None:
    """The answer, or None where the server has no such address or does not tell this token."""
    try:
        return errands.ask(path)[0]
    except (Forbidden, WebPage):
        return None
    except Unauthorised:
        raise
    except Refused:
        return None
