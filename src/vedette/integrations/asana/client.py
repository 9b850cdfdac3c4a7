"""Client: the calls that this integration makes, thin; no decision here."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec

from vedette.errors import Refused, Unavailable, Uncertain
from vedette.integrations.asana.config import Config
from vedette.ports.http import Answer, Fence, Params, Talker

PAGE = 100
_FIELDS = (
    "name",
    "notes",
    "completed",
    "completed_at",
    "created_at",
    "modified_at",
    "permalink_url",
    "due_on",
    "assignee.name",
    "tags.name",
    "memberships.project.name",
    "memberships.section.name",
    "custom_fields.name",
    "custom_fields.text_value",
    "custom_fields.display_value",
)
_FIELD_DEFINITION = ",".join(
    f"custom_field.{each}"
    for each in ("name", "resource_subtype", "enum_options.name", "enum_options.enabled", "is_formula_field")
)
_LONGEST_WORDS = 500

Json = dict[str, Any]


def words(answer: Answer, *, secrets: Sequence[str] = ()) -> tuple[str, Mapping[str, str]]:
    """Asana's own words of a refusal; a message such as `assignee: Not a user` is told per field too."""
    try:
        body = answer.json()
    except msgspec.DecodeError:
        return "", {}
    errors = body.get("errors") if isinstance(body, dict) else None
    listed = errors if isinstance(errors, list) else []
    messages = [_hidden(str(each.get("message") or ""), secrets) for each in listed if isinstance(each, dict)]
    fields = {}
    for message in messages:
        name, colon, told = message.partition(":")
        if colon and name.isidentifier():
            fields[name] = told.strip()
    return " ".join("; ".join(messages).split())[:_LONGEST_WORDS], fields


def _hidden(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


class AsanaClient:
    """Asana's calls that tickets need. Reads raise the families of `vedette.errors`; writes may also be `Uncertain`."""

    def __init__(self, name: str, config: Config, *, timeout: timedelta) -> None:
        self.name = name
        self.workspace = config.workspace
        # `external` is refused to personal access tokens, even when it is only asked for.
        self._fields = ",".join((*_FIELDS, *(("external",) if config.oauth else ())))
        self._talker = Talker(
            name,
            base_url=config.url,
            headers={"Accept": "application/json", "Authorization": f"Bearer {config.token.reveal()}"},
            timeout=timeout.total_seconds(),
            words=partial(words, secrets=config.token.values),
        )

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _get(self, path: str, params: Params | None = None) -> Any:
        return self._body(self._talker.read(path, params=params)).get("data")

    def _body(self, answer: Answer) -> Json:
        try:
            body = answer.json()
        except msgspec.DecodeError:
            body = None
        if not isinstance(body, dict) or "data" not in body:
            raise Unavailable(f"{self.name}: {answer.url} was answered by something that is not Asana's")
        return body

    def _pages(self, path: str, params: Params) -> Iterator[Json]:
        offset = ""
        while True:
            asked: Params = {**params, "limit": PAGE} | ({"offset": offset} if offset else {})
            body = self._body(self._talker.read(path, params=asked))
            yield from body["data"] or ()
            offset = str((body.get("next_page") or {}).get("offset") or "")
            if not offset:
                return

    def task(self, gid: str) -> Json:
        """One task, by gid or `external:` gid."""
        return dict(self._get(f"/tasks/{_part(gid)}", {"opt_fields": self._fields}))

    def tasks(
        self, project: str, *, modified_since: datetime | None = None, completed_since: datetime | None = None
    ) -> Iterator[Json]:
        """The tasks of a project, page by page as they are asked for; consistent at once, unlike the search.

        `completed_since` leaves out what was completed before.
        """
        asked: dict[str, str] = {"project": project, "opt_fields": self._fields}
        if modified_since is not None:
            asked["modified_since"] = _instant(modified_since)
        if completed_since is not None:
            asked["completed_since"] = _instant(completed_since)
        return self._pages("/tasks", asked)

    def html_notes(self, gid: str) -> str:
        """The notes of a task as rich text."""
        found = self._get(f"/tasks/{_part(gid)}", {"opt_fields": "html_notes"}) or {}
        return str(found.get("html_notes") or "")

    def create(self, data: Json, *, fence: Fence) -> Json:
        """Create a task; the answer holds gid and permalink."""
        params = {"opt_fields": "permalink_url"}
        answer = self._talker.write("POST", "/tasks", json={"data": data}, params=params, fence=fence)
        try:
            made = self._body(answer).get("data")
        except Unavailable:
            made = None
        if not isinstance(made, dict) or not made.get("gid"):
            # A 201 says that it was done; without the gid only a look can say as what.
            raise Uncertain(f"{self.name}: POST /tasks answered {answer.status} without the gid of what it made")
        return made

    def edit(self, gid: str, data: Json, *, fence: Fence) -> None:
        """Change fields of a task."""
        self._talker.write("PUT", f"/tasks/{_part(gid)}", json={"data": data}, fence=fence)

    def stories(self, gid: str) -> Iterator[Json]:
        """Comments and Asana's own lines on a task, oldest first."""
        return self._pages(f"/tasks/{_part(gid)}/stories", {"opt_fields": "text,type"})

    def comment(self, gid: str, html_text: str, *, fence: Fence) -> None:
        """Add a comment."""
        self._talker.write("POST", f"/tasks/{_part(gid)}/stories", json={"data": {"html_text": html_text}}, fence=fence)

    def place(self, gid: str, section: str, *, fence: Fence) -> None:
        """Put a task into a section; it leaves the section of the same project that it was in."""
        self._talker.write("POST", f"/sections/{_part(section)}/addTask", json={"data": {"task": gid}}, fence=fence)

    def add_project(self, gid: str, project: str, *, section: str, fence: Fence) -> None:
        """Let a task stand in one more project, in that section where one is given; twice is once."""
        data = {"project": project} | ({"section": section} if section else {})
        self._talker.write("POST", f"/tasks/{_part(gid)}/addProject", json={"data": data}, fence=fence)

    def add_tag(self, gid: str, tag: str, *, fence: Fence) -> None:
        """Put a tag on a task; twice is once."""
        self._talker.write("POST", f"/tasks/{_part(gid)}/addTag", json={"data": {"tag": tag}}, fence=fence)

    def me(self) -> Json:
        """The account that the token belongs to."""
        return dict(self._get("/users/me", {"opt_fields": "name"}))

    def user(self, text: str) -> Json | None:
        """An account by gid, e-mail address or `me`; None where there is none for us."""
        return self._seen(f"/users/{_part(text)}", "name")

    def the_workspace(self) -> Json | None:
        """The workspace, or None."""
        return self._seen(f"/workspaces/{_part(self.workspace)}", "name")

    def project(self, gid: str) -> Json | None:
        """A project, or None where there is none for us."""
        return self._seen(f"/projects/{_part(gid)}", "name,archived")

    def is_closed_to_us(self, project: str) -> bool:
        """Whether a project exists that we may not see: Asana answers 403 there, and 404 where there is none."""
        try:
            self._get(f"/projects/{_part(project)}", {"opt_fields": "name"})
        except Refused as refusal:
            if refusal.status not in (403, 404):
                raise
            return refusal.status == 403
        return False

    def projects(self) -> list[Json]:
        """The projects of the workspace that we see and that are not archived."""
        asked = {"archived": "false", "opt_fields": "name"}
        return list(self._pages(f"/workspaces/{_part(self.workspace)}/projects", asked))

    def sections(self, project: str) -> list[Json]:
        """The sections of a project, in its order."""
        return list(self._pages(f"/projects/{_part(project)}/sections", {"opt_fields": "name"}))

    def custom_fields(self, project: str) -> list[Json]:
        """The definitions of a project's custom fields, with the options of enums."""
        path = f"/projects/{_part(project)}/custom_field_settings"
        return [each.get("custom_field") or {} for each in self._pages(path, {"opt_fields": _FIELD_DEFINITION})]

    def portfolio(self, gid: str) -> list[Json]:
        """What lies in a portfolio, archived projects too."""
        asked = {"opt_fields": "name,resource_type,archived,created_at"}
        return list(self._pages(f"/portfolios/{_part(gid)}/items", asked))

    def tags(self) -> list[Json]:
        """The tags of the workspace."""
        return list(self._pages(f"/workspaces/{_part(self.workspace)}/tags", {"opt_fields": "name"}))

    def webhooks(self, resource: str) -> list[str]:
        """Where the webhooks on a project go; only our own account's are told."""
        asked = {"workspace": self.workspace, "resource": resource, "opt_fields": "target"}
        return [str(each.get("target") or "") for each in self._pages("/webhooks", asked)]

    def subscribe(self, resource: str, target: str, filters: list[dict[str, str]], *, fence: Fence) -> None:
        """Make a webhook on a project; Asana shakes hands with the target before it answers."""
        data = {"resource": resource, "target": target, "filters": filters}
        self._talker.write("POST", "/webhooks", json={"data": data}, fence=fence)

    def _seen(self, path: str, fields: str) -> Json | None:
        try:
            return dict(self._get(path, {"opt_fields": fields}))
        except Refused as refusal:
            # 403: it is there and not for us, or it was deleted; 404: never heard of it.
            if refusal.status not in (400, 403, 404):
                raise
            return None


def _part(text: str) -> str:
    return quote(text, safe=":")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
