"""Teams: the organisation's settings and its teams, made, renamed and deleted, and whether that holds; calls only.

https://docs.sentry.io/api/teams/. A second team of a slug is a 409; the documentation says 404; GlitchTip breaks (500),
which leaves open what became of the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry.roster.hand import DONE, Done, Hand, taken
from vedette.integrations.sentry.roster.refusals import with_cure
from vedette.integrations.sentry.untrusted import text
from vedette.model.changes import CreateTeam, DeleteTeam, RenameTeam, SetOrganization
from vedette.model.org import Lack
from vedette.model.plan import Fate
from vedette.model.settings import Dialect
from vedette.ports.http import Fence

TeamChange = SetOrganization | CreateTeam | RenameTeam | DeleteTeam
_SETTINGS = {"open_membership": "openMembership", "join_requests": "allowJoinRequests"}


@dataclass(slots=True)
class Teams:
    """The teams of one server's organisation."""

    hand: Hand

    def perform(self, change: TeamChange, *, fence: Fence) -> Done:
        """Do one change. Raises the families of errors."""
        match change:
            case SetOrganization():
                return self._set(change, fence)
            case CreateTeam():
                return self._create(change, fence)
            case RenameTeam():
                return self._rename(change, fence)
            case DeleteTeam():
                return self._delete(change, fence)

    def holds(self, change: TeamChange) -> bool:
        """Whether the server is as the change would make it."""
        match change:
            case SetOrganization():
                home = self.hand.look(self.hand.places.home) or {}
                return home.get(self._key(change)) is change.after
            case CreateTeam():
                found = self._found(change.team)
                return found is not None and self._named(found, change.name)
            case RenameTeam():
                found = self._found(change.team)
                return found is not None and self._named(found, change.after)
            case DeleteTeam():
                found = self._found(change.team)
                return found is None or _is_another(found, change)

    def _found(self, slug: str) -> Mapping[str, Any] | None:
        return self.hand.look(self.hand.places.team(slug))

    def _named(self, team: Mapping[str, Any], name: str) -> bool:
        """Whether it bears the name; any will do where none is wanted, or where teams have none."""
        return not name or self.hand.dialect is Dialect.GLITCHTIP or text(team.get("name")) == name

    def _key(self, change: SetOrganization) -> str:
        if self.hand.dialect is Dialect.GLITCHTIP:
            raise self.hand.lack(Lack.ORGANIZATION)
        if change.setting not in _SETTINGS:
            raise self.hand.lack(f"a setting {change.setting}: only {', '.join(_SETTINGS)} can be set")
        return _SETTINGS[change.setting]

    def _set(self, change: SetOrganization, fence: Fence) -> Done:
        key = self._key(change)
        told, _ = self.hand.send("PUT", self.hand.places.home, {key: change.after}, fence=fence)
        if told.get(key) is not change.after and not self.holds(change):
            raise self.hand.not_held(f"did not set {key}", "its version may not have that setting")
        return DONE

    def _create(self, change: CreateTeam, fence: Fence) -> Done:
        body = {"slug": change.team}
        if change.name and self.hand.dialect is not Dialect.GLITCHTIP:
            body["name"] = change.name
        try:
            told, _ = self.hand.send("POST", self.hand.places.teams, body, fence=fence)
        except Refused as refused:
            return self._there(change, refused)
        made = text(told.get("slug"))
        if made and made != change.team:
            raise self.hand.not_held(f"made the team {made}", f"delete it if nobody wants it, or declare {made}")
        return self._leave_again(change, fence) if told.get("isMember") is True else DONE

    def _leave_again(self, change: CreateTeam, fence: Fence) -> Done:
        """Whoever makes a team is in it from the start; nobody declared that, and who is declared joins afterwards."""
        try:
            self.hand.send("DELETE", self.hand.places.membership("me", change.team), fence=fence)
        except Refused as refused:
            return Fate.DONE, f"the token's user, whom the server put into it, stays in it: {refused}"
        return DONE

    def _there(self, change: CreateTeam, refused: Refused) -> Done:
        if not taken(refused):
            raise refused
        if not self.holds(change):
            cure = "it is there under another name, or on its way to be deleted; plan again later"
            raise Refused(with_cure(str(refused), cure), status=refused.status, fields=refused.fields)
        return Fate.ALREADY, "a team of that slug was there already"

    def _rename(self, change: RenameTeam, fence: Fence) -> Done:
        if self.hand.dialect is Dialect.GLITCHTIP:
            raise self.hand.lack(Lack.TEAM_NAMES)
        # The slug is required, and left as it is.
        body = {"slug": change.team, "name": change.after}
        told, _ = self.hand.send("PUT", self.hand.places.team(change.team), body, fence=fence)
        if text(told.get("name")) != change.after and not self.holds(change):
            raise self.hand.not_held(f"did not name the team {change.after}", "rename it by hand")
        return DONE

    def _delete(self, change: DeleteTeam, fence: Fence) -> Done:
        found = self._found(change.team)
        if found is not None and _is_another(found, change):
            raise Refused(f"{self.hand.talker.name}: the team {change.team} is another than was planned; plan again")
        return self.hand.take_away(self.hand.places.team(change.team), fence=fence)


def _is_another(found: Mapping[str, Any], change: DeleteTeam) -> bool:
    """Whether a slug has come to mean another team since it was planned from."""
    return bool(change.id) and text(found.get("id")) != change.id
