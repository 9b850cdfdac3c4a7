"""Details: of which projects more is to be read than a list tells; what nobody declared is not asked for."""

from dataclasses import dataclass

from vedette.model.access import AccessSettings, AlertRules, Managed
from vedette.rules.access.projects import OPTIONS


@dataclass(frozen=True, slots=True)
class Needs:
    """Projects by slug that are read one by one, and what of them."""

    options: frozenset[str] = frozenset()
    ownership: frozenset[str] = frozenset()
    alert_rules: frozenset[str] = frozenset()


def details_for(access: AccessSettings, *, instance: str) -> Needs:
    """What has to be read of the projects that are declared for that instance."""
    if Managed.PROJECTS not in access.manage:
        return Needs()
    here = [
        project
        for project in access.projects.values()
        if (not project.instances or instance in project.instances) and project.slug not in access.protected.projects
    ]
    return Needs(
        frozenset(each.slug for each in here if any(getattr(each, name) is not None for name in OPTIONS)),
        frozenset(each.slug for each in here if each.ownership is not None),
        frozenset(each.slug for each in here if each.alerts is not AlertRules.LEAVE),
    )
