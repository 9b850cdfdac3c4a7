"""GlitchTip alerts: a webhook in Slack's shape, each attachment one issue; pure.

Keys come and go between versions (`alias`, `text`, `fields`), `text` may be null, and the link names the organisation
where the API's permalink names the project. https://glitchtip.com/documentation/error-tracking
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vedette.integrations.sentry import dates
from vedette.integrations.sentry.references import id_in_address
from vedette.integrations.sentry.untrusted import first_text, items, mapping, text
from vedette.model.events import Event, Ignored, IssueAlerted
from vedette.model.issues import IssueKey, Occurrence

_KIND = "glitchtip.alert"


def read(body: Mapping[str, Any], *, instance: str, received_at: datetime) -> tuple[Event, ...]:
    """One event per attachment; `Ignored` for those that link to no issue, uptime alerts among them."""
    attachments = items(body.get("attachments"))
    if not attachments:
        return (Ignored(_KIND, "no attachments in it"),)
    rule = first_text(body.get("alias"), body.get("text"))
    return tuple(_event(mapping(part), rule=rule, instance=instance, received_at=received_at) for part in attachments)


def _event(attachment: Mapping[str, Any], *, rule: str, instance: str, received_at: datetime) -> Event:
    number = id_in_address(first_text(attachment.get("title_link"), attachment.get("titleLink")))
    title = first_text(attachment.get("title"), attachment.get("fallback"))
    if not number:
        return Ignored(_KIND, f"the attachment links to no issue: {title[:80] or 'without a title'}")
    fields = _fields(attachment)
    at = dates.believable(dates.parse(attachment.get("ts")), received_at=received_at)
    return IssueAlerted(
        issue=IssueKey(instance, number),
        occurred_at=at,
        rule=rule,
        project=fields.get("project", ""),
        title=title,
        # Nothing here names the event or its stack; what interprets this asks for the latest one.
        occurrence=Occurrence(
            event_id="",
            occurred_at=at,
            title=title,
            culprit=text(attachment.get("text")),
            environment=fields.get("environment", ""),
            release=fields.get("release", ""),
            tags=tuple((name, value) for name, value in fields.items() if name != "project"),
        ),
    )


def _fields(attachment: Mapping[str, Any]) -> dict[str, str]:
    said = [mapping(field) for field in items(attachment.get("fields"))]
    named = [(text(field.get("title")).strip().lower(), text(field.get("value"))) for field in said]
    return {title: value for title, value in named if title and value}
