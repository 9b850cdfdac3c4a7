"""Requests: what to write into the settings for somebody who asks for access, and what else is wrong with theirs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from vedette.model.access import AccessSettings
from vedette.model.alarms import CauseKind, Notice, NoticeState, Severity
from vedette.model.doctor import Patient
from vedette.model.org import AccessRequest, Ask
from vedette.model.requests import FROM_MAIL, RequestSeen, RequestSettings, Weighed
from vedette.rules.access.doctor import found
from vedette.rules.access.lines import Lines, lines_for, lines_to_choose
from vedette.rules.access.naming import folded, listed

#: A mail is never taken back: what came by one is held for over after this long.
MAIL_KEPT = timedelta(days=30)


def weigh(
    request: AccessRequest,
    *,
    access: AccessSettings,
    instance: str,
    patients: Sequence[Patient],
    where: Mapping[str, str],
    now: datetime,
) -> Weighed:
    """The request with its answer; a person that nobody knows is answered all the same."""
    mine = _who(request, patients)
    weighed = Weighed(instance, request, sentence(request))
    if len(mine) > 1:
        names = listed(each.person or each.email for each in mine)
        advice = f"it may be {names}: ask who it was; `vedette access doctor NAME` shows each"
        return replace(weighed, advice=advice)
    patient = mine[0] if mine else None
    lines = _lines(request, patient, access=access, instance=instance, where=where, now=now)
    return replace(
        weighed,
        person=patient.person if patient else "",
        lines=lines.yaml,
        where=lines.where,
        advice=_advice(request, patient, lines),
        findings=patient.findings if patient else (),
    )


def sentence(request: AccessRequest) -> str:
    """Who wants what."""
    who = _called(request)
    match request.ask:
        case Ask.JOIN_TEAM:
            wants = f"{who} asks to be let into the team {request.team}" if request.team else f"{who} asks for access"
        case Ask.JOIN_ORGANIZATION:
            wants = f"{who} asks to be let into the organisation"
        case Ask.INVITE:
            teams = f" into {request.team}" if request.team else ""
            wants = f"{request.requester or 'a member'} asks that {who} be invited{teams}"
    by = request.ask is not Ask.INVITE and request.requester and folded(request.requester) != folded(request.email)
    return f"{wants} (asked by {request.requester})" if by else wants


def is_granted(request: AccessRequest, patients: Sequence[Patient]) -> bool:
    """Whether the one person who asks has what was asked for by now."""
    mine = _who(request, patients)
    asked = teams_of(request)
    has = {team for each in mine for account in each.accounts for team in account.teams}
    return len(mine) == 1 and bool(asked) and has.issuperset(asked)


def teams_of(request: AccessRequest) -> list[str]:
    """The teams that were asked for; an invitation may be for several."""
    return [team.strip() for team in request.team.split(",") if team.strip()]


def is_same(one: AccessRequest, other: AccessRequest) -> bool:
    """Whether two requests, by whatever way they came, are one ask."""
    alike = [(folded(a), folded(b)) for a, b in ((one.email, other.email), (one.name, other.name))]
    return teams_of(one) == teams_of(other) and any(a == b and a for a, b in alike)


def due(seen: RequestSeen, settings: RequestSettings, *, now: datetime) -> tuple[str, ...]:
    """The notifiers that are to be told of an open request now: never yet, or too long ago."""
    if seen.closed_at is not None:
        return ()
    told = dict(seen.told)
    return tuple(name for name in settings.notify if name not in told or now - told[name] >= settings.repeat)


def _who(request: AccessRequest, patients: Sequence[Patient]) -> list[Patient]:
    """Whom it is about: by address, else by name in full; never by a part of a name."""
    for text in (request.email, request.name):
        wanted = folded(text)
        exact = [each for each in found(patients, text) if wanted in map(folded, each.known_as)] if wanted else []
        if exact:
            return exact
    return []


def _called(request: AccessRequest) -> str:
    if request.name and request.email and folded(request.name) != folded(request.email):
        return f"{request.name} ({request.email})"
    return request.email or request.name or "somebody"


def _lines(
    request: AccessRequest,
    patient: Patient | None,
    *,
    access: AccessSettings,
    instance: str,
    where: Mapping[str, str],
    now: datetime,
) -> Lines:
    person = access.people.get(patient.person) if patient else None
    email = request.email or (patient.email if patient else "")
    if not request.team:
        return lines_to_choose(access, email=email, name=request.name, person=person, where=where)
    has = {team for each in patient.accounts for team in each.teams} if patient and not person else set[str]()
    # Whoever has teams that nobody wrote down keeps them: once declared, they would lose what is not.
    return lines_for(
        access, teams=[*sorted(has), *teams_of(request)], email=email, name="" if email else request.name,
        person=person, instance=instance, where=where, now=now,
    )  # fmt: skip


def _advice(request: AccessRequest, patient: Patient | None, lines: Lines) -> str:
    if patient is None:
        unknown = f"nobody of that {'address' if request.email else 'name'} is declared or has an account"
        return f"{unknown}; {lines.text}"
    if not patient.person:
        return f"{patient.email} has an account that nobody declares; {lines.text}"
    return lines.text if lines.yaml else f"{lines.text}: `vedette access apply` brings it"


def is_over(seen: RequestSeen, *, asked: Collection[str], patients: Sequence[Patient], now: datetime) -> bool:
    """Whether an open request is one no more: Sentry lists it no longer; one by mail is granted, or old."""
    request = seen.weighed.request
    if request.source != FROM_MAIL:
        return seen.weighed.key not in asked
    return is_granted(request, patients) or now - seen.first_at > MAIL_KEPT


def notice_of(seen: RequestSeen, *, notifier: str, base_url: str, place: str, now: datetime) -> Notice:
    """The words for people. `place`: "" in production, else where this Vedette stands."""
    weighed, told = seen.weighed, dict(seen.told)
    first = f"request:{weighed.key}"
    again = f"/{told[notifier]:%Y%m%dT%H%M%S}" if notifier in told else ""
    return Notice(
        id=f"{first}{again}",
        first_id=first,
        key=first,
        kind=CauseKind.ACCESS_REQUEST,
        severity=Severity.INFO,
        state=NoticeState.REPEATED if again else NoticeState.OPENED,
        title=f"[{place}] {weighed.text}" if place else weighed.text,
        cure=what_to_do(weighed),
        facts=_facts(weighed),
        link=f"{base_url.rstrip('/')}/access/requests" if base_url else "",
        since=seen.first_at,
        at=now,
    )


def what_to_do(weighed: Weighed) -> str:
    """What is wrong with the person, and the lines to add with their place."""
    found = [f"{each.text}: {each.cure}" for each in weighed.findings]
    where = f"add to the settings, at {weighed.where}" if weighed.where else "add to the settings"
    lines = [f"{where}:\n```\n{weighed.lines}```"] if weighed.lines else []
    return "\n".join(filter(None, [weighed.advice, *found, *lines]))


def _facts(weighed: Weighed) -> tuple[tuple[str, str], ...]:
    request = weighed.request
    facts = {"instance": weighed.instance, "request": weighed.id, "person": weighed.person, "team": request.team}
    return tuple((name, value) for name, value in facts.items() if value)
