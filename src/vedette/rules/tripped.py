"""Tripped: the causes of alarm that a condition makes when it comes true, and which of those it still speaks for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from vedette.model.alarms import Cause, CauseKind
from vedette.model.conditions import Condition, ConditionKind, Verdict, Watched
from vedette.model.metrics import Trending
from vedette.model.owners import Team
from vedette.rules.causes import digest
from vedette.rules.conditions import called

_CURES = {
    ConditionKind.GROWTH: "look what changed then: a release, a host, a partner; the errors that grew most are named",
    ConditionKind.NEW_ERROR: "look at the error in Sentry, and at what was released before it was first seen",
    ConditionKind.FLAT_LINE: "see whether there is any traffic at all, and whether errors still reach Sentry: that "
    "nothing fails any more is the rarest of the three",
}
_OWNER = ":owner:"
_RELEASE, _ISSUE = "release", "issue"


def stem_of(condition: Condition, filter_name: str) -> str:
    """How the keys of all causes of the condition at one filter begin."""
    return f"condition:{condition.kind}:{condition.name}:{filter_name}"


def key_of(condition: Condition, filter_name: str, verdict: Verdict) -> str:
    """The cause's key: one for the filter, or for each release or issue."""
    stem = stem_of(condition, filter_name)
    if verdict.issue is not None:
        return f"{stem}:{_ISSUE}:{verdict.issue.id}"
    return f"{stem}:{_RELEASE}:{digest(verdict.release)}" if verdict.release is not None else stem


def cause_of(condition: Condition, filter_name: str, verdict: Verdict, *, instance: str) -> Cause:
    """The cause for those whom the condition names, else the operators."""
    facts = {"condition": condition.name, "filter": filter_name}
    facts |= {"release": verdict.release} if verdict.release is not None else {}
    facts |= {"errors": "; ".join(called(each) for each in verdict.issues)} if verdict.issues else {}
    links = [each.link for each in verdict.issues if each.link]
    return Cause(
        key_of(condition, filter_name, verdict),
        CauseKind.CONDITION,
        condition.severity,
        verdict.sentence,
        _CURES[condition.kind],
        facts=facts | ({"in Sentry": " ".join(links)} if links else {}),
        path=f"/monitor/{quote(instance, safe='')}/{quote(filter_name, safe='')}",
        notify=condition.notify,
    )


def causes_of_owners(
    cause: Cause, issues: Sequence[Trending], *, teams: Mapping[str, Team], operators: Collection[str]
) -> Iterator[Cause]:
    """One cause for each owner of the issues behind it whose notifiers are not told anyway."""
    told = set(cause.notify or operators)
    for owner in sorted({each.owner for each in issues if each.owner}):
        team = teams.get(owner)
        if team is None or not set(team.notify) - told:
            continue
        theirs = [each for each in issues if each.owner == owner]
        errors = "; ".join(called(each) for each in theirs)
        yield replace(
            cause,
            key=f"{cause.key}{_OWNER}{owner}",
            title=f"{cause.title}; of {owner}: {errors}",
            facts={**cause.facts, "errors": errors, "owner": owner},
            owner=owner,
            notify=(),
        )


def is_of(key: str, main: str) -> bool:
    """Whether the cause is that one, or an owner's share of it."""
    return key == main or key.startswith(f"{main}{_OWNER}")


def speaks_for(conditions: Collection[Condition], filters: Collection[str], key: str) -> bool:
    """Whether the settings still ask for what the cause was raised by; what nobody asks for any more never ends."""
    return any(
        _matches(key, condition, name) for condition in conditions for name in filters if condition.watches(name)
    )


def _matches(key: str, condition: Condition, filter_name: str) -> bool:
    rest = key.removeprefix(stem_of(condition, filter_name))
    if rest == key:
        return False
    match condition.kind, condition.per:
        case ConditionKind.NEW_ERROR, _:
            return rest.startswith(f":{_ISSUE}:")
        case ConditionKind.GROWTH, Watched.RELEASE:
            return rest.startswith(f":{_RELEASE}:")
        case _:
            return not rest or rest.startswith(_OWNER)
