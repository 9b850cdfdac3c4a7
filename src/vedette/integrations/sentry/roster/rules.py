"""Rules: a project's ownership rules and its issue alert rules, set, made and deleted, and whether that holds; calls.

https://docs.sentry.io/api/projects/update-ownership-configuration-for-a-project/. The addresses of alert rules are no
public ones, and answer 410 now and then on sentry.io, which passes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vedette.integrations.sentry.roster import shapes
from vedette.integrations.sentry.roster.hand import DONE, Done, Hand
from vedette.model.changes import CreateAlertRule, DeleteAlertRule, SetOwnership
from vedette.model.org import Lack
from vedette.model.plan import Fate
from vedette.model.settings import Dialect
from vedette.ports.http import Fence
from vedette.rules.access.alerts import covers

RuleChange = SetOwnership | CreateAlertRule | DeleteAlertRule
_OWNERSHIP = {"raw": "raw", "fallthrough": "fallthrough", "auto_assignment": "autoAssignment"}


@dataclass(slots=True)
class Rules:
    """The rules of one server's projects."""

    hand: Hand

    def perform(self, change: RuleChange, *, fence: Fence) -> Done:
        """Do one change. Raises the families of errors."""
        match change:
            case SetOwnership():
                return self._own(change, fence)
            case CreateAlertRule():
                return self._create(change, fence)
            case DeleteAlertRule():
                path = self._ruled(self.hand.places.alert_rule(change.project, change.id))
                return self.hand.take_away(path, fence=fence)

    def holds(self, change: RuleChange) -> bool:
        """Whether the server is as the change would make it."""
        match change:
            case SetOwnership():
                return not _otherwise(self.hand.look(self._owned(change.project)) or {}, change.after)
            case CreateAlertRule():
                rows = self.hand.all(self._ruled(self.hand.places.alert_rules(change.project)))
                found = (shapes.alert_rule(row) for row in rows)
                return any(rule.name == change.name and covers(rule.body, change.body) for rule in found)
            case DeleteAlertRule():
                return self.hand.look(self._ruled(self.hand.places.alert_rule(change.project, change.id))) is None

    def _owned(self, project: str) -> str:
        if self.hand.dialect is Dialect.GLITCHTIP:
            raise self.hand.lack(Lack.OWNERSHIP)
        return self.hand.places.ownership(project)

    def _ruled(self, path: str) -> str:
        if self.hand.dialect is Dialect.GLITCHTIP:
            raise self.hand.lack(Lack.ALERT_RULES)
        return path

    def _own(self, change: SetOwnership, fence: Fence) -> Done:
        body = {_OWNERSHIP[name]: value for name, value in change.after.items() if name in _OWNERSHIP}
        told, _ = self.hand.send("PUT", self._owned(change.project), body, fence=fence)
        wrong = _otherwise(told, change.after)
        if wrong and not self.holds(change):
            raise self.hand.not_held(f"holds another {', '.join(wrong)}", "see the project's ownership rules")
        return DONE

    def _create(self, change: CreateAlertRule, fence: Fence) -> Done:
        # Two rules may be alike in everything, so that doing it twice would make two.
        if self.holds(change):
            return Fate.ALREADY, "such an alert rule was there already"
        body = {**change.body, "name": change.name}
        self.hand.send("POST", self.hand.places.alert_rules(change.project), body, fence=fence)
        return DONE


def _otherwise(told: Mapping[str, Any], after: Mapping[str, object]) -> list[str]:
    """The fields that are not as wanted; white space around the rules is the server's to cut."""
    held = shapes.ownership(told)
    found = {
        "raw": held.raw.strip(),
        "fallthrough": held.fallthrough,
        "auto_assignment": held.auto_assignment,
    }
    return [
        name for name, value in after.items() if found.get(name) != (str(value).strip() if name == "raw" else value)
    ]
