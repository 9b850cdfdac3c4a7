"""An organisation and what is declared for it, with invented people, for tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

from vedette.model.access import AccessSettings, DeclaredRole, DeclaredTeam, Person
from vedette.model.org import Member, MemberFlag, Organization, OrgRole, Team

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LINKED = frozenset({MemberFlag.SSO_LINKED})
PROVISIONED = frozenset({MemberFlag.IDP_PROVISIONED})


def account(
    number: int, email: str = "ada@acme.test", *, teams: tuple[str, ...] = ("checkout",), **more: Any
) -> Member:
    """An account that somebody logged in to yesterday."""
    usual: dict[str, Any] = {"user_id": f"u{number}", "last_login": NOW - timedelta(days=1), "flags": LINKED}
    return Member(str(number), email, teams=dict.fromkeys(teams, ""), **(usual | more))


def invitation(number: int, email: str = "ada@acme.test", *, teams: tuple[str, ...] = (), **more: Any) -> Member:
    """An invitation that nobody took yet, a month old."""
    usual: dict[str, Any] = {"pending": True, "created_at": NOW - timedelta(days=30)}
    return Member(str(number), email, teams=dict.fromkeys(teams, ""), **(usual | more))


def organization(*members: Member, **more: Any) -> Organization:
    teams = (Team("checkout"), Team("search"))
    return Organization("default", "acme", NOW, members=members, teams=teams, **more)


def access(*people: Person, roles: tuple[DeclaredRole, ...] = (), **more: Any) -> AccessSettings:
    """Declared: the team checkout, its developers, and these people."""
    usual = (DeclaredRole("checkout-developer", OrgRole.MEMBER, {"checkout": None}), *roles)
    return AccessSettings(
        instances=("default",),
        teams={"checkout": DeclaredTeam("checkout"), "search": DeclaredTeam("search")},
        roles={each.name: each for each in usual},
        people={each.name: each for each in people},
        **more,
    )


ADA = Person("ada", email="Ada@Acme.test", roles=("checkout-developer",))
