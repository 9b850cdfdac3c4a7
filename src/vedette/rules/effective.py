"""Effective: a policy as it holds for one owner: what the owner's route says of it, else what the policy says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from vedette.model.policies import Policy, PolicyChange
from vedette.model.settings import Settings
from vedette.model.tickets import Claim
from vedette.rules.serving import serving

_SETTINGS = tuple(field.name for field in fields(PolicyChange) if field.name != "place")


@dataclass(frozen=True, slots=True)
class Changed:
    """A setting of a policy that an owner has otherwise; `place` is the dotted setting where that stands."""

    setting: str
    value: str
    place: str


@dataclass(frozen=True, slots=True)
class Effective:
    """The policy that holds, and which of its settings come from elsewhere."""

    policy: Policy
    changed: tuple[Changed, ...] = ()


def effective_for(policy: Policy, *, settings: Settings, owner: str) -> Effective:
    """The policy as it holds for the tickets of that owner ("" = nobody: the default route's)."""
    return effective(policy, changes_for(settings, owner))


def policy_of(settings: Settings, claim: Claim) -> Effective | None:
    """The policy that the claim's ticket lives by now; None where none serves its project on its track any more."""
    policies = serving(settings, instance=claim.issue.instance, project=claim.sentry_project)
    policy = next((each for each in policies if each.track == claim.track), None)
    if policy is None and not claim.sentry_project:  # claimed before the ledger kept the project
        policy = next((each for each in settings.policies if each.track == claim.track), None)
    return None if policy is None else effective_for(policy, settings=settings, owner=claim.owner)


def changes_for(settings: Settings, owner: str) -> tuple[PolicyChange, ...]:
    """What the owner's route and block change, the strongest last; the default route's where it has no route."""
    team = settings.teams.get(owner)
    if team is None:
        return settings.default_changes
    return team.changes if team.route is not None else (*settings.default_changes, *team.changes)


def effective(policy: Policy, changes: Sequence[PolicyChange]) -> Effective:
    """The policy with the changes, of which a later one wins; what no change speaks of stays the policy's."""
    found: dict[str, tuple[Any, PolicyChange]] = {}
    for change in changes:
        for name in _SETTINGS:
            if getattr(change, name) is not None:
                found[name] = (getattr(change, name), change)
    changed = tuple(Changed(name, words(value), f"{by.place}.{name}") for name, (value, by) in found.items())
    return Effective(replace(policy, **{name: value for name, (value, _) in found.items()}), changed)


def words(value: object) -> str:
    """A setting's value as the settings would write it."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(words, value))
    return str(value)
