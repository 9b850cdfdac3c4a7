"""Caller: whose token it is; calls, and no decisions.

A plan that does not know could delete the account that it works with. An integration's token is nobody's: there is no
membership of its own, which Sentry says with 404. GlitchTip tells at its root only.
"""

from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry.roster import lacks
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.talking import WebPage
from vedette.integrations.sentry.talker import Forbidden, NoSuchAddress
from vedette.integrations.sentry.untrusted import mapping, text
from vedette.model.org import Caller
from vedette.model.settings import Dialect


def caller_of(errands: Errands, places: Places, dialect: Dialect, told: set[str]) -> Caller:
    """The person behind the token; nobody for an integration's, and, told as a lack, where the server tells nothing."""
    if dialect is not Dialect.GLITCHTIP:
        try:
            return _person(errands.ask(places.member("me"))[0])
        except (Forbidden, NoSuchAddress):
            pass
        except Refused as refused:
            if refused.status != 404:
                raise
            return Caller()
    return _at_the_root(errands, told)


def _at_the_root(errands: Errands, told: set[str]) -> Caller:
    try:
        found = _person(errands.ask("")[0])
    except (Forbidden, WebPage, Refused):
        found = Caller()
    if found == Caller():
        told.add(lacks.CALLER)
    return found


def _person(body: Any) -> Caller:
    user = mapping(mapping(body).get("user"))
    return Caller(text(user.get("id")), text(user.get("email")))
