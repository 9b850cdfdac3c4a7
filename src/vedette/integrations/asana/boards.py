"""Boards: which project a place of a route means now, and why not the one that was written.

The law: a portfolio holds archived projects and other portfolios too; the newest *open project* in it is meant.
"""

from dataclasses import dataclass

from vedette.errors import Refused
from vedette.integrations.asana.client import AsanaClient, Json
from vedette.integrations.asana.kept import Kept
from vedette.integrations.asana.places import KEPT_FOR, PORTFOLIO, Places, newest_of
from vedette.model.boards import Place, Placed

_OUT_OF_SIGHT = (400, 403, 404)


@dataclass(frozen=True, slots=True)
class _Found:
    """A project that takes tickets, and how it was found."""

    gid: str
    said: str = ""


class Boards:
    """Resolves places of one workspace."""

    def __init__(self, client: AsanaClient, places: Places) -> None:
        self._client = client
        self._places = places
        self._kept = Kept(seconds=KEPT_FOR)

    def forget(self) -> None:
        """Read everything anew."""
        self._kept.forget()

    def resolve(self, place: Place) -> Placed:
        """The project of the place, else its fallback with the reason; raises `Refused` with the cure."""
        try:
            found = self._found(place)
        except Refused as refusal:
            if not place.fallback:
                raise
            found = self._fallen_back(place, refusal)
        return Placed(found.gid, place.section, found.said)

    def _fallen_back(self, place: Place, reason: Refused) -> _Found:
        try:
            other = self._project(place.fallback)
        except Refused as refusal:
            raise Refused(f"{reason}; and its fallback does not help: {refusal}") from None
        return _Found(other.gid, f"{reason}; meanwhile the fallback {place.fallback} takes it")

    def _found(self, place: Place) -> _Found:
        written = place.project.removeprefix(PORTFOLIO).strip() if place.project.startswith(PORTFOLIO) else ""
        portfolio = place.portfolio or written
        return self._newest(portfolio) if portfolio else self._project(place.project)

    def _newest(self, portfolio: str) -> _Found:
        found, old = self._kept.once_or_old("portfolio", portfolio, ask=lambda: self._read_portfolio(portfolio))
        self._places.ours(found.gid)
        return _Found(found.gid, f"{found.said}, {old}" if old else found.said)

    def _project(self, text: str) -> _Found:
        found, old = self._kept.once_or_old("project", text, ask=lambda: self._read_project(text))
        self._places.ours(found.gid)
        return _Found(found.gid, f"project {text}: {found.said}, {old}" if old else "")

    def _read_portfolio(self, portfolio: str) -> _Found:
        try:
            items = self._client.portfolio(portfolio)
        except Refused as refusal:
            if refusal.status not in _OUT_OF_SIGHT:
                raise
            raise Refused(
                f"portfolio {portfolio} does not exist, or the token may not see it: share it with the token's "
                "account, or write the gid from its address"
            ) from None
        newest = newest_of(items)
        if newest is None:
            what = f"portfolio {portfolio} holds no open project ({_contents(items)})"
            raise Refused(f"{what}: put one into it, or write a fallback")
        name, gid = newest.get("name"), str(newest["gid"])
        return _Found(gid, f"{name} ({gid}) is the newest open project of portfolio {portfolio}")

    def _read_project(self, text: str) -> _Found:
        gid = self._places.project(text)
        found = self._client.project(gid)
        if found is None:
            raise Refused(
                f"project {text} does not exist, or the token may not see it: share it with the token's account, "
                "or name another"
            )
        if found.get("archived"):
            raise Refused(f"project {found.get('name')} ({gid}) is archived: bring it back, or name another")
        return _Found(gid, f"it was {found.get('name')} ({gid})")


def _contents(items: list[Json]) -> str:
    """What is in a portfolio that holds no open project."""
    archived = sum(each.get("resource_type") == "project" for each in items)
    others = len(items) - archived
    told = [f"{archived} archived" if archived else "", f"{others} of another kind" if others else ""]
    return " and ".join(filter(None, told)) or "it is empty"
