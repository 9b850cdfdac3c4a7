"""Alert rules: those of a project that are made and deleted.

Law: a rule that should be another is made anew first, and then deleted.
"""

from collections.abc import Mapping, Sequence

from vedette.model.access import AlertRules, DeclaredProject
from vedette.model.changes import CreateAlertRule, DeleteAlertRule
from vedette.model.org import AlertRule, Lack, Project
from vedette.model.plan import Hold
from vedette.rules.access.scene import Scene, Sheet


def plan_alerts(scene: Scene, sheet: Sheet, project: DeclaredProject, current: Project | None) -> None:
    """Write what becomes of a project's alert rules; `current` None: of one that is just made."""
    if project.alerts is AlertRules.LEAVE:
        return
    declared = project.alert_rules if project.alerts is AlertRules.DECLARED else ()
    told = () if current is None else current.alert_rules
    if told is None or scene.lacks(Lack.ALERT_RULES):
        for body in declared:
            why = "this server has no alert rules of this kind, or does not tell them"
            sheet.hold(CreateAlertRule(project.slug, _name(body), body), Hold.NOT_THERE, why)
        return
    left = sorted(told, key=lambda rule: (rule.name, rule.id))
    for body in declared:
        match = next((rule for rule in left if rule.name == _name(body) and covers(rule.body, body)), None)
        if match is None:
            sheet.do(CreateAlertRule(project.slug, _name(body), body, _why(told, body)))
        else:
            left.remove(match)
    for rule in left:
        sheet.do(DeleteAlertRule(project.slug, rule.id, rule.name, rule.body, _why_not(project, declared, rule)))


def _name(body: Mapping[str, object]) -> str:
    return str(body.get("name", ""))


def _why(told: Sequence[AlertRule], body: Mapping[str, object]) -> str:
    if any(rule.name == _name(body) for rule in told):
        return "the rule of this name is not as it is declared: it is made anew"
    return "it is declared, and not there"


def _why_not(project: DeclaredProject, declared: Sequence[Mapping[str, object]], rule: AlertRule) -> str:
    if project.alerts is AlertRules.NONE:
        return "the project is declared to have no alert rules"
    if any(_name(body) == rule.name for body in declared):
        return "it is not as it is declared, and made anew"
    return "nobody declared it"


def covers(told: object, wish: object) -> bool:
    """Whether what the server tells has everything that is declared; it adds ids, names and dates of its own."""
    match wish:
        case Mapping():
            return isinstance(told, Mapping) and all(
                key == "name" or covers(told.get(key), value) for key, value in wish.items()
            )
        case str():
            return _scalar(told) == wish
        case Sequence():
            return (
                isinstance(told, Sequence)
                and not isinstance(told, str)
                and len(told) == len(wish)
                and all(covers(one, other) for one, other in zip(told, wish, strict=True))
            )
    return _scalar(told) == _scalar(wish)


def _scalar(value: object) -> object:
    # A number comes back as text from some forms, and as a number from others.
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return value
