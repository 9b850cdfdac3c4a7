"""Serving: which policies speak for an issue."""

from vedette.model.issues import Issue
from vedette.model.policies import Policy
from vedette.model.settings import Settings


def policies_for(settings: Settings, issue: Issue) -> tuple[Policy, ...]:
    """The policies that serve the issue's project and instance, one a track."""
    return serving(settings, instance=issue.key.instance, project=issue.project)


def serving(settings: Settings, *, instance: str, project: str) -> tuple[Policy, ...]:
    """The policies that serve that Sentry project of the instance, one a track.

    Of several on one track the first that names the project, else the first that serves all.
    """
    found = [
        policy
        for policy in settings.policies
        if (not policy.instances or instance in policy.instances)
        and (not policy.projects or project in policy.projects)
    ]
    chosen: dict[str, Policy] = {}
    for policy in sorted(found, key=lambda each: not each.projects):
        chosen.setdefault(policy.track, policy)
    return tuple(policy for policy in found if chosen[policy.track] is policy)
