"""Talking: a Sentry talker for changes, which keeps apart what a change can do about; the rest is as ever.

A conflict is no passing state here: a slug that is taken stays taken. A slug that a project gave up is answered with
its new one, which is no login page.
"""

import msgspec

from vedette.errors import Refused, Unauthorised, Unavailable
from vedette.integrations.sentry.roster import refusals
from vedette.integrations.sentry.talker import SentryTalker, words
from vedette.integrations.sentry.untrusted import mapping, text
from vedette.model.settings import Dialect, SentryInstance
from vedette.ports.access import NotAllowed
from vedette.ports.http import Answer


class WebPage(Unauthorised):
    """The server answered with a page of its own, which GlitchTip does for every address that it does not know."""


class RosterTalker(SentryTalker):
    """Calls one Sentry server about its members, teams and projects."""

    def __init__(self, instance: SentryInstance) -> None:
        super().__init__(instance)
        if instance.dialect is Dialect.SENTRY9:
            # It closes kept connections without a word. One such is tried again; several threads hold several.
            self._reader.headers["Connection"] = "close"

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        """As `SentryTalker.judge`, with the meaning of refusals of changes."""
        try:
            return self._judged(answer, method=method, path=path)
        except Unauthorised as problem:
            raise WebPage(str(problem)) if answer.ok else problem from None

    def _judged(self, answer: Answer, *, method: str, path: str) -> Answer:
        place = f"{self.name}: {method} {path}"
        if 300 <= answer.status < 400 and (slug := _moved_to(answer)):
            raise Unavailable(f"{place}: the project was renamed and is {slug} now; read again")
        if method == "GET" or answer.status not in refusals.STATUSES or _is_page(answer):
            return super().judge(answer, method=method, path=path)
        message, fields = words(answer)
        told = f"{place} answered {answer.status}" + (f": {message}" if message else "")
        meaning = refusals.meaning(message, status=answer.status)
        if meaning.credentials:
            raise NotAllowed(refusals.with_cure(told, meaning.cure))
        raise Refused(refusals.with_cure(told, meaning.cure), status=answer.status, fields=fields)


def _is_page(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").lower().startswith("text/html")


def _moved_to(answer: Answer) -> str:
    """The slug that a project has now, out of a redirect."""
    try:
        body = mapping(answer.json())
    except msgspec.DecodeError:
        return ""
    return text(body.get("slug")) or text(mapping(mapping(body.get("detail")).get("extra")).get("slug"))
