"""Subscribing: webhooks on the projects that the routes name, made once each over Asana's interface.

https://developers.asana.com/reference/createwebhook. Asana calls the target before it answers: the door must be open.
"""

from collections.abc import Iterator, Sequence
from typing import cast

from vedette.errors import Refused, Uncertain
from vedette.integrations.asana.boards import Boards
from vedette.integrations.asana.client import AsanaClient
from vedette.integrations.asana.config import Config
from vedette.integrations.asana.live_check import places_of
from vedette.integrations.asana.places import Places
from vedette.model.ownership import Finding
from vedette.model.settings import TrackerSettings
from vedette.model.tickets import Route
from vedette.ports.http import Fence

#: Changes of tasks, among them that one was completed, moved or deleted.
ACTIONS = ("changed", "added", "removed", "deleted", "undeleted")
_FILTERS = [{"resource_type": "task", "action": action} for action in ACTIONS]


def subscribe(
    settings: TrackerSettings, *, routes: Sequence[Route], target: str, make: bool
) -> Iterator[Finding]:  # fmt: skip
    """A finding for each project: it has a webhook to the target, or none, or (`make`) has one now."""
    config = cast("Config", settings.config)
    client = AsanaClient(settings.name, config, timeout=settings.timeout)
    try:
        boards = Boards(client, Places(client, further=config.projects))
        seen: set[str] = set()
        for place in (place for route in routes for place in places_of(route)):
            subject = f"{settings.name}: {place}"
            try:
                gid = boards.resolve(place).project
                if gid not in seen:
                    yield _project(client, gid, subject=subject, target=target, make=make)
                seen.add(gid)
            except (Refused, Uncertain) as problem:
                yield Finding(subject, False, str(problem), _CURE)
    finally:
        client.close()


_CURE = "does `vedette serve` run, and can Asana reach it under this address?"


def _project(client: AsanaClient, gid: str, *, subject: str, target: str, make: bool) -> Finding:
    if target in client.webhooks(gid):
        return Finding(subject, True, "has its webhook")
    if not make:
        return Finding(subject, False, "has no webhook to this address", "add --register")
    client.subscribe(gid, target, _FILTERS, fence=Fence.after(_WITHIN))
    return Finding(subject, True, "has a webhook now")


_WITHIN = 30.0  # seconds: Asana calls us in the middle of it
