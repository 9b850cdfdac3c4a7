"""Requests: who waits for access, and the answer to it; calls only.

The addresses are private ones, read tolerantly: members who wait for a team, people who wait for an invitation. A
server that lacks either list has nobody waiting there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry import dates
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.roster.errands import Errands
from vedette.integrations.sentry.roster.places import Places
from vedette.integrations.sentry.roster.talking import RosterTalker
from vedette.integrations.sentry.roster.whole import whole
from vedette.integrations.sentry.talker import NoSuchAddress
from vedette.integrations.sentry.untrusted import first_text, items, mapping, text
from vedette.model.org import AccessRequest, Ask
from vedette.model.settings import Dialect
from vedette.ports.http import Fence

_TO_JOIN = "requested_to_join"


@dataclass(slots=True)
class Requests:
    """The requests of one server's organisation."""

    talker: RosterTalker
    places: Places
    dialect: Dialect

    def all(self, errands: Errands) -> Sequence[AccessRequest]:
        """Everybody who waits; one without an id, whom no answer could reach, is left out."""
        if self.dialect is Dialect.GLITCHTIP:
            return ()
        found = [*map(_for_team, self._rows(errands, self.places.access_requests, paged=False))]
        found += map(_for_invitation, self._rows(errands, self.places.invite_requests, paged=True))
        return tuple(request for request in found if request.id)

    def _rows(self, errands: Errands, path: str, *, paged: bool) -> Iterator[Mapping[str, Any]]:
        params: Params = {}
        try:
            yield from whole(errands, path, params, paged=paged)
        except Refused as refused:
            if refused.status != 404:
                raise

    def answer(self, request: AccessRequest, *, approve: bool, fence: Fence) -> None:
        """Approve or deny; one that is gone already is no error."""
        if self.dialect is Dialect.GLITCHTIP:
            return
        try:
            self._answer(request, approve=approve, fence=fence)
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404:
                raise

    def _answer(self, request: AccessRequest, *, approve: bool, fence: Fence) -> None:
        if request.ask is Ask.JOIN_TEAM:
            body = {"isApproved": approve}
            self.talker.write("PUT", f"{self.places.access_requests}{request.id}/", json=body, fence=fence)
        elif approve:
            self.talker.write("PUT", f"{self.places.invite_requests}{request.id}/", json={"approve": True}, fence=fence)
        else:
            self.talker.write("DELETE", f"{self.places.invite_requests}{request.id}/", fence=fence)


def _for_team(row: Mapping[str, Any]) -> AccessRequest:
    member, requester = mapping(row.get("member")), mapping(row.get("requester"))
    return AccessRequest(
        id=text(row.get("id")),
        ask=Ask.JOIN_TEAM,
        email=first_text(member.get("email"), mapping(member.get("user")).get("email")),
        name=text(member.get("name")),
        team=text(mapping(row.get("team")).get("slug")),
        requester=first_text(requester.get("email"), requester.get("username"), requester.get("name")),
        asked_at=dates.parse(row.get("dateCreated")),
    )


def _for_invitation(row: Mapping[str, Any]) -> AccessRequest:
    joins = text(row.get("inviteStatus")) == _TO_JOIN
    email, name = text(row.get("email")), text(row.get("name"))
    return AccessRequest(
        id=text(row.get("id")),
        ask=Ask.JOIN_ORGANIZATION if joins else Ask.INVITE,
        email=email,
        name="" if name == email else name,
        team=", ".join(filter(None, map(text, items(row.get("teams"))))),
        role=first_text(row.get("orgRole"), row.get("role")),
        requester=text(row.get("inviterName")),
        asked_at=dates.parse(row.get("dateCreated")),
    )
