"""Rows for the pages of access: keys, a visit of the doctor, requests; all through the store's own doors."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tests.databases import lay_tables
from tests.rules.access.people import ADA, access, account, invitation, organization
from tests.web.rows import HOSTILE
from tests.web.serving import settings
from vedette.flows.access_doctor import keep_visit
from vedette.flows.access_dsn import KeptKeys
from vedette.model.access import Person
from vedette.model.doctor import Visit
from vedette.model.org import AccessRequest, Ask, ProjectKey
from vedette.model.settings import StoreSettings
from vedette.rules.access.doctor import examine
from vedette.rules.access.requests import weigh
from vedette.rules.access.resolving import Known
from vedette.store import refs, requests
from vedette.store.database import Store, Tx

ACCESS = """
access:
  instances: [default]
  teams: {checkout: , search: }
  roles: {checkout-developer: {teams: [checkout]}}
  people: {ada: {email: ada@acme.test, roles: [checkout-developer]}}
  requests: {poll: true}
"""
KEYS = (
    ProjectKey("checkout", "3c00", "Default", "https://3c00d379a93b4c4ea5b71e6ed484ccd8@sentry.acme.test/10"),
    ProjectKey("checkout", "b0b0", "Browser", "https://b0b0d379a93b4c4ea5b71e6ed484ccd8@sentry.acme.test/10"),
    ProjectKey("checkout", "77aa", "Old", "https://77aad379a93b4c4ea5b71e6ed484ccd8@sentry.acme.test/10", active=False),
    ProjectKey("search", "5ea4", HOSTILE, "https://5ea4d379a93b4c4ea5b71e6ed484ccd8@sentry.acme.test/11"),
)


def with_access(folder: Path) -> dict[str, Any]:
    """The settings of `serving` that declare somebody."""
    declared: dict[str, Any] = yaml.safe_load(ACCESS)
    return settings(folder) | declared


def fill(folder: Path) -> None:
    """Make the store in the folder and fill it."""
    lay_tables(folder / "vedette.db")
    with Store.open(StoreSettings(url=f"sqlite:///{folder}/vedette.db"), role="command") as store:
        now = datetime.now(UTC)
        store.write(lambda tx: _filled(tx, now=now))


def _filled(tx: Tx, *, now: datetime) -> None:
    kept = KeptKeys("default", now - timedelta(minutes=20), KEYS)
    refs.put(tx, "dsn:default", body=msgspec.json.encode(kept).decode(), revision="", now=now)
    bob = Person("bob", email="bob@acme.test", roles=("checkout-developer",))
    declared = access(ADA, bob)
    members = (
        account(1, name="Ada Lovelace"),
        invitation(2, expired=True, teams=("search",)),
        account(3, "bob@acme.test", flags=frozenset()),
        account(4, "eve@acme.test", name=HOSTILE),
    )
    whole = organization(*members, sso_required=True)
    where = {"access.people.ada": "access.yaml:12:5", "access.people": "access.yaml:11:3"}
    seen = examine(declared, whole, known=Known(), url="https://sentry.acme.test", where=where, now=now)
    keep_visit(tx, Visit("default", "acme", now - timedelta(minutes=5), seen), now=now)
    asked = (
        AccessRequest("7", Ask.JOIN_TEAM, "ada@acme.test", "Ada Lovelace", team="search", asked_at=now),
        AccessRequest("8", Ask.INVITE, "eve@acme.test", HOSTILE, requester="ada@acme.test"),
        AccessRequest("6", Ask.JOIN_TEAM, "bob@acme.test", team="search"),
    )
    weighed = [weigh(each, access=declared, instance="default", patients=seen, where=where, now=now) for each in asked]
    requests.see(tx, weighed, now=now - timedelta(hours=2))
    requests.tell(tx, weighed[0].key, notifier="slack", now=now - timedelta(hours=1))
    requests.close(tx, [weighed[2].key], now=now - timedelta(hours=1))
