"""Notices: which webhooks an occurrence or a change causes, and the alert rules that fire."""

from collections.abc import Sequence
from typing import Any

from vedette.sandbox.sentry import dates, payloads, shapes
from vedette.sandbox.sentry.hooks import Sender
from vedette.sandbox.sentry.memory import Ingested
from vedette.sandbox.sentry.query import Window
from vedette.sandbox.sentry.records import Comment, Issue, Occurrence
from vedette.sandbox.sentry.settings import AlertRule, Hook, HookKind, Person, RuleKind, StandInConfig, Team
from vedette.sandbox.sentry.view import View


def firing(config: StandInConfig, found: Ingested, *, now: float) -> list[AlertRule]:
    """The rules that this occurrence makes fire; each rests for an issue once it has fired for it."""
    return [rule for rule in config.rules if _concerns(rule, found) and _rested(rule, found, now) and _met(rule, found)]


def _concerns(rule: AlertRule, found: Ingested) -> bool:
    in_project = not rule.projects or found.occurrence.project.slug in rule.projects
    return in_project and rule.environment in {"", found.occurrence.data["environment"]}


def _rested(rule: AlertRule, found: Ingested, now: float) -> bool:
    return now - found.issue.fired.get(rule.id, float("-inf")) >= rule.every * 60


def _met(rule: AlertRule, found: Ingested) -> bool:
    match rule.kind:
        case RuleKind.NEW:
            return found.new
        case RuleKind.REGRESSED:
            return found.regressed
        case RuleKind.SEEN_MORE:
            # The occurrence that has just come counts, so the end is past it.
            span = Window(found.occurrence.at - rule.minutes * 60, found.occurrence.at + 1e-6)
            return found.issue.seen_between(span.start, span.end, frozenset()) > rule.count


class Notices:
    """Turns what happened into webhooks."""

    def __init__(self, config: StandInConfig, sender: Sender) -> None:
        self._config = config
        self._sender = sender
        #: Who is told; more may subscribe while the server runs.
        self.hooks: list[Hook] = list(config.hooks)
        #: Rules of the settings that somebody deleted from a project: the ids of both.
        self.silenced: set[tuple[int, int]] = set()

    def happened(self, found: Ingested, view: View) -> None:
        """An occurrence came in."""
        if found.new:
            self._issue("created", found.issue, view, {}, actor=None)
        if found.regressed and self._config.unresolved_hooks:
            self._issue("unresolved", found.issue, view, {}, actor=None)
        self._to_apps("error", "created", found.issue, {"error": self._event(found.occurrence, view)}, actor=None)
        project = found.occurrence.project.id
        met = firing(self._config, found, now=view.now)
        rules = [rule for rule in met if (rule.id, project) not in self.silenced]
        for rule in rules:
            found.issue.fired[rule.id] = view.now
        if rules:
            self.alert([found.occurrence], view, rules=[rule.name for rule in rules])

    def alert(self, occurrences: Sequence[Occurrence], view: View, *, rules: Sequence[str]) -> None:
        """Rules fired: one signed hook per rule and occurrence, one unsigned hook per plugin or GlitchTip address."""
        for occurrence in occurrences:
            event = self._event(occurrence, view)
            for rule in rules:
                data = {"event": event, "triggered_rule": rule}
                self._to_apps("event_alert", "triggered", occurrence.issue, data, actor=None)
            for hook in self._hooks(HookKind.PLUGIN):
                self._send(hook, "legacy", "alert", occurrence.issue, self._legacy(occurrence, event, view, rules))
        parts = [self._attachment(occurrence, view) for occurrence in occurrences]
        for hook in self._hooks(HookKind.GLITCHTIP):
            self._send(hook, "glitchtip", "alert", occurrences[0].issue, payloads.glitchtip_of(parts))

    def status_changed(self, issue: Issue, view: View, *, actor: Person) -> None:
        """Somebody resolved, ignored or reopened an issue."""
        action = issue.status
        if action == "unresolved" and not self._config.unresolved_hooks:
            return
        extra = {"resolution_type": "now"} if action == "resolved" else {}
        self._issue(action, issue, view, extra, actor=actor)

    def assigned(self, issue: Issue, view: View, *, actor: Person) -> None:
        """Somebody was given an issue; a person's id is a number here."""
        who = issue.assignee
        if who is None:
            return
        if isinstance(who, Team):
            assignee: dict[str, Any] = {"type": "team", "name": who.slug, "id": who.id}
        else:
            assignee = {"type": "user", "name": who.name, "id": who.id, "email": who.email}
        self._issue("assigned", issue, view, {"assignee": assignee}, actor=actor)

    def commented(self, issue: Issue, comment: Comment) -> None:
        """Somebody left a note."""
        data = {
            "comment_id": comment.id,
            "issue_id": issue.id,
            "project_slug": issue.project.slug,
            "timestamp": dates.micro(comment.at),
            "comment": comment.text,
        }
        self._to_apps("comment", "created", issue.id, data, actor=comment.author)

    def _issue(self, action: str, issue: Issue, view: View, extra: dict[str, Any], *, actor: Person | None) -> None:
        body = shapes.issue(issue, view) | {
            "permalink": None,
            "firstSeen": dates.micro(issue.first_seen),
            "lastSeen": dates.micro(issue.last_seen),
        }
        self._to_apps("issue", action, issue.id, extra | {"issue": body}, actor=actor)

    def _to_apps(
        self, resource: str, action: str, issue: Issue | int, data: dict[str, Any], *, actor: Person | None
    ) -> None:
        number = issue if isinstance(issue, int) else issue.id
        payload = payloads.wrap(action, data, installation=self._config.installation, actor=actor)
        for hook in self._hooks(HookKind.APP):
            if resource in hook.resources:
                self._send(hook, resource, action, number, payload)

    def _hooks(self, kind: HookKind) -> list[Hook]:
        return [hook for hook in self.hooks if hook.kind is kind]

    def _send(self, hook: Hook, resource: str, action: str, issue: int, payload: dict[str, Any]) -> None:
        self._sender.send(hook, resource=resource, action=action, issue=issue, payload=payload)

    def _event(self, occurrence: Occurrence, view: View) -> dict[str, Any]:
        return payloads.located(
            occurrence.data,
            base=view.base,
            organization=self._config.organization,
            project=occurrence.project.slug,
            issue_id=occurrence.issue,
        )

    def _legacy(
        self, occurrence: Occurrence, event: dict[str, Any], view: View, rules: Sequence[str]
    ) -> dict[str, Any]:
        return payloads.legacy_of(
            event,
            project=occurrence.project,
            base=view.base,
            organization=self._config.organization,
            issue_id=occurrence.issue,
            rules=rules,
        )

    def _attachment(self, occurrence: Occurrence, view: View) -> dict[str, Any]:
        tags = dict(occurrence.data["tags"])
        return payloads.attachment(
            title=occurrence.data["title"],
            link=f"{view.base}/{self._config.organization}/issues/{occurrence.issue}",
            text=occurrence.data["culprit"],
            fields={
                "Project": occurrence.project.name,
                "Environment": tags.get("environment", ""),
                "Server Name": tags.get("server_name", ""),
                "Release": tags.get("release", ""),
            },
        )
