"""Details: of which projects more is to be read than a list tells; what nobody declared is not asked for."""

from vedette.model.access import AccessSettings, AlertRules, Managed
from vedette.model.org import Details
from vedette.rules.access.projects import OPTIONS


def details_for(access: AccessSettings, *, instance: str) -> Details:
    """What has to be read of the projects that are declared for that instance."""
    if Managed.PROJECTS not in access.manage:
        return Details()
    here = [
        project
        for project in access.projects.values()
        if (not project.instances or instance in project.instances) and project.slug not in access.protected.projects
    ]
    return Details(
        frozenset(each.slug for each in here if any(getattr(each, name) is not None for name in OPTIONS)),
        frozenset(each.slug for each in here if each.ownership is not None),
        frozenset(each.slug for each in here if each.alerts is not AlertRules.LEAVE),
    )
