"""Hand: one call that changes something, and one look at what is there now; calls, and no decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vedette.errors import Refused
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.talking import RosterTalker
from vedette.integrations.sentry.roster.whole import whole
from vedette.integrations.sentry.talker import NoSuchAddress
from vedette.integrations.sentry.untrusted import mapping
from vedette.model.plan import Fate
from vedette.model.settings import Dialect
from vedette.ports.http import Answer, Fence

#: What became of a change, and what there is to say.
Done = tuple[Fate, str]
DONE: Done = (Fate.DONE, "")


@dataclass(slots=True)
class Hand:
    """Changes one server. `patient` waits long for answers: a deletion may take a server minutes."""

    talker: RosterTalker
    patient: RosterTalker
    places: Places
    dialect: Dialect

    def look(self, path: str) -> Mapping[str, Any] | None:
        """What is there; None where it is not. A server that does not know the address at all raises."""
        try:
            return mapping(self._errands().ask(path)[0])
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404:
                raise
            return None

    def all(self, path: str) -> list[Mapping[str, Any]]:
        """Every row of a list."""
        params: Params = {"limit": 100} if self.dialect is Dialect.GLITCHTIP else {}
        return whole(self._errands(), path, params)

    def send(self, method: str, path: str, body: Any = None, *, fence: Fence) -> tuple[Mapping[str, Any], Answer]:
        """Change something: the answer's JSON, {} where it has none, and the answer."""
        answer = self.talker.write(method, path, json=body, fence=fence)
        return said(answer), answer

    def take_away(self, path: str, *, fence: Fence) -> Done:
        """Delete something; what is gone already is well."""
        try:
            self.patient.write("DELETE", path, fence=fence)
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404:
                raise
            return Fate.ALREADY, "it was gone already"
        return DONE

    def lack(self, what: str) -> Refused:
        """The error for what this server has not got."""
        return Refused(f"{self.talker.name}: nothing was sent, since this server lacks {what}")

    def not_held(self, what: str, cure: str) -> Refused:
        """The error for an answer that was friendly and did not do what was asked."""
        return Refused(f"{self.talker.name}: the server took the change and {what}; {cure}")

    def _errands(self) -> Errands:
        return Errands(self.talker, _at_once)


def said(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer; {} where it is none, which a 204 is as well as a page."""
    try:
        return mapping(answer.json())
    except msgspec.DecodeError:
        return {}


def taken(refused: Refused) -> bool:
    """Whether a refusal may mean that it is there already: 409, the documented 404, or words to that end."""
    return not isinstance(refused, NoSuchAddress) and (
        refused.status == 409 or (refused.status in (400, 404) and "already" in str(refused).casefold())
    )


def _at_once() -> None:
    """The rate of changes is their caller's affair; a look belongs to its change."""
