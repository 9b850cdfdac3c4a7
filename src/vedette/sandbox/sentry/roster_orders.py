"""Roster orders: what a test makes of the organisation at the control door, many rows in one body.

Nothing here is refused for lack of rights, and nothing is told by webhook.
"""

from typing import Any

import msgspec
from starlette.responses import Response

from vedette.sandbox.sentry import answers, dates, estate
from vedette.sandbox.sentry.desk import Ask, World
from vedette.sandbox.sentry.rows import Choices, Flag, MemberRow, Standing, TeamRow
from vedette.sandbox.sentry.settings import Project


class TeamOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A team that is to be, or to be changed when the slug is known."""

    slug: str
    name: str = ""
    provisioned: bool = False


class MemberOrder(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A member that is to be; always a row of its own, also for an address that is known: so come duplicates."""

    email: str
    name: str = ""
    role: str = "member"
    #: Slugs of teams, each with a team role or null.
    teams: list[str] | dict[str, str | None] = []
    #: An invitation that nobody accepted.
    pending: bool = False
    expired: bool = False
    #: Words such as `sso:linked`.
    flags: list[Flag] = []
    #: Who invited, by address.
    inviter: str = ""
    status: Standing = Standing.APPROVED
    #: Verified addresses of the account besides.
    other_emails: list[str] = []
    last_login: str | float | None = None
    last_active: str | float | None = None


class ProjectOrder(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A project that is to be."""

    slug: str
    name: str = ""
    platform: str = "python"
    teams: list[str] = []
    internal: bool = False
    subject_prefix: str = "[Sentry]"
    sensitive_fields: list[str] = []
    safe_fields: list[str] = []
    allowed_domains: list[str] = msgspec.field(default_factory=lambda: ["*"])
    resolve_age: int = 0
    event_throttle_rate: int = 0
    first_event: str | float | None = None


class WishOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A request to be let into a team."""

    email: str
    team: str
    requester: str = ""


class RosterOrders(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The body of `POST /_standin/roster`, obeyed in the order of its fields."""

    #: Members, teams and projects go, but for whoever holds the tokens.
    clear: bool = False
    #: Choices of the organisation, by the names of `rows.Choices`.
    choices: dict[str, Any] = {}
    teams: list[TeamOrder] = []
    projects: list[ProjectOrder] = []
    members: list[MemberOrder] = []
    access_requests: list[WishOrder] = []
    #: Addresses of people who log in by the identity provider; who has no account is given one.
    sso_logins: list[str] = []
    #: Addresses of people who accept their invitation.
    accept: list[str] = []
    #: Addresses whose invitation becomes too old.
    expire: list[str] = []
    #: Who holds the tokens from now on, by address.
    caller: str | None = None
    #: What tokens may from now on, by token.
    scopes: dict[str, list[str]] | None = None


def obey(ask: Ask) -> Response:
    """POST roster: make, change, log in, expire; answers ids by address and slug."""
    try:
        orders = msgspec.json.decode(ask.raw or b"{}", type=RosterOrders)
        _obey(ask.world, orders)
    except msgspec.DecodeError as broken:
        raise answers.refuse(400, f"{ask.request.url.path}: {broken}") from broken
    except (KeyError, AttributeError) as unknown:
        raise answers.refuse(400, f"{ask.request.url.path}: nothing is called {unknown.args[0]}") from unknown
    return show(ask)


def show(ask: Ask) -> Response:
    """GET roster: ids by address (a list: there may be duplicates) and by slug."""
    roster = ask.world.roster
    people: dict[str, list[str]] = {}
    for member in roster.members.values():
        people.setdefault(member.email, []).append(str(member.id))
    body = {
        "members": people,
        "teams": {team.slug: str(team.id) for team in roster.teams.values()},
        "projects": {row.project.slug: str(row.project.id) for row in roster.projects.values()},
        "accessRequests": [str(number) for number in roster.wishes],
    }
    return answers.reply(body)


def _obey(world: World, orders: RosterOrders) -> None:
    roster, now = world.roster, world.clock()
    if orders.clear:
        _clear(world)
    for name in orders.choices:
        getattr(roster.choices, name)
    roster.choices = msgspec.convert(msgspec.to_builtins(roster.choices) | orders.choices, type=Choices)
    for team in orders.teams:
        known = roster.team(team.slug) or roster.add_team(team.slug, team.name or team.slug, now=now)
        known.name, known.provisioned = team.name or known.name, team.provisioned
    for project in orders.projects:
        _project(world, project)
    for member in orders.members:
        _member(world, member)
    for wish in orders.access_requests:
        requester = _one(world, wish.requester).person if wish.requester else None
        roster.wish(_one(world, wish.email), _team(world, wish.team), requester=requester)
    _people(world, orders)
    roster.caller = roster.caller if orders.caller is None else orders.caller
    if orders.scopes is not None:
        roster.scopes = {token: tuple(scopes) for token, scopes in orders.scopes.items()}


def _people(world: World, orders: RosterOrders) -> None:
    for email in orders.sso_logins:
        _log_in(world, email)
    for email in orders.accept:
        row = _invitation(world, email)
        row.person, row.token = world.roster.fresh_person(email, row.name), ""
        row.last_login = row.last_active = world.clock()
    for email in orders.expire:
        _invitation(world, email).expires = world.clock() - 1


def _clear(world: World) -> None:
    holder = world.roster.holder()
    for member in [each for each in world.roster.members.values() if each is not holder]:
        world.roster.remove(member)
    for team in list(world.roster.teams.values()):
        estate.drop_team(world, team)
    for row in list(world.roster.projects.values()):
        estate.drop_project(world, row)


def _member(world: World, wanted: MemberOrder) -> None:
    roster, now = world.roster, world.clock()
    if wanted.pending or wanted.expired or wanted.status is not Standing.APPROVED:
        inviter = _one(world, wanted.inviter) if wanted.inviter else roster.holder()
        row = roster.invite(wanted.email, role=wanted.role, inviter=inviter, now=now)
        row.expires = now - 1 if wanted.expired else row.expires
    else:
        person = roster.fresh_person(wanted.email, wanted.name or wanted.email.partition("@")[0])
        row = roster.admit(person, role=wanted.role, born=now)
        row.last_login = None if wanted.last_login is None else dates.parse(wanted.last_login, now)
        row.last_active = None if wanted.last_active is None else dates.parse(wanted.last_active, now)
    row.standing, row.flags, row.other_emails = wanted.status, set(wanted.flags), wanted.other_emails
    given = wanted.teams if isinstance(wanted.teams, dict) else dict.fromkeys(wanted.teams)
    roster.assign(row, [(_team(world, slug), role) for slug, role in given.items()])


def _project(world: World, wanted: ProjectOrder) -> None:
    for slug in wanted.teams:
        _team(world, slug)
    number = world.roster.next_project()
    row = estate.add_project(
        world, Project(number, wanted.slug, wanted.platform, tuple(wanted.teams), wanted.name)
    )  # fmt: skip
    for name in ("internal", "subject_prefix", "sensitive_fields", "safe_fields", "allowed_domains", "resolve_age"):
        setattr(row, name, getattr(wanted, name))
    row.throttle = wanted.event_throttle_rate
    row.first_event = None if wanted.first_event is None else dates.parse(wanted.first_event, world.clock())


def _log_in(world: World, email: str) -> None:
    """The identity provider knows nothing of invitations: without an account, one is made beside them."""
    roster, now = world.roster, world.clock()
    row = next((each for each in roster.by_email(email) if each.person is not None), None)
    if row is None:
        person = roster.fresh_person(email, email.partition("@")[0])
        row = roster.admit(person, role=roster.choices.default_role, born=now)
    row.flags.add(Flag.LINKED)
    row.last_login = row.last_active = now


def _one(world: World, email: str) -> MemberRow:
    rows = world.roster.by_email(email)
    if not rows:
        raise KeyError(email)
    return next((row for row in rows if row.person is not None), rows[0])


def _invitation(world: World, email: str) -> MemberRow:
    for row in world.roster.by_email(email):
        if row.person is None:
            return row
    raise KeyError(email)


def _team(world: World, slug: str) -> TeamRow:
    team = world.roster.team(slug)
    if team is None:
        raise KeyError(slug)
    return team
