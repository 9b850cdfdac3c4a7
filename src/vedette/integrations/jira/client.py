"""Client: the calls that this integration makes, thin, in both of Jira's dialects.

The law: no decision here. An answer whose login failed is never taken for "nothing there": Jira serves many reads to
anonymous callers, and an anonymous caller sees no ticket.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec

from vedette.errors import Refused, Unauthorised, Unavailable, Uncertain
from vedette.integrations.jira.config import Config, Flavour
from vedette.ports.http import Answer, Fence, Params, Talker

STAMP_PROPERTY = "vedette.stamp"
MARKER_PROPERTY = "vedette.marker"
FIELDS = [
    "summary",
    "status",
    "resolution",
    "labels",
    "project",
    "issuetype",
    "created",
    "updated",
    "resolutiondate",
    "statuscategorychangedate",
    "components",
    "priority",
    "assignee",
]
MOST_AT_ONCE = 100  # issues of one bulk fetch, and of one page with fields
_LONGEST_WORDS = 500
_TOKENS_AS_BEARER = "Failed to parse Connect Session Auth Token"

Json = dict[str, Any]


def words(answer: Answer, *, secrets: Sequence[str] = ()) -> tuple[str, Mapping[str, str]]:
    """Jira's own words of a refusal: one message, and a message per field."""
    try:
        body = answer.json()
    except msgspec.DecodeError:
        return "", {}
    if not isinstance(body, dict):
        return "", {}
    general = [str(each) for each in body.get("errorMessages") or ()]
    general += [str(body[name]) for name in ("message", "errorMessage", "error") if body.get(name)]
    errors = body.get("errors")
    fields = {
        str(name): _hidden(str(told), secrets) for name, told in (errors if isinstance(errors, dict) else {}).items()
    }
    told = "; ".join([*general, *(f"{name}: {message}" for name, message in fields.items())])
    return _hidden(" ".join(told.split()), secrets)[:_LONGEST_WORDS], fields


def _hidden(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


class _JiraTalker(Talker):
    """The talker, with Jira's ways of saying that a login failed."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        # 201 and 204 say that a write was done, whatever else the headers say.
        if _login_failed(answer) and answer.status not in (201, 204):
            raise Unauthorised(f"{self.name}: {method} {path} was answered as to a stranger: check email and token")
        return super().judge(answer, method=method, path=path)


def _login_failed(answer: Answer) -> bool:
    reason = answer.headers.get("x-seraph-loginreason", "")
    denied = answer.headers.get("x-authentication-denied-reason", "")
    failed = "AUTHENTICATED_FAILED" in reason or "AUTHENTICATION_DENIED" in reason or bool(denied)
    return failed or (answer.status == 403 and _TOKENS_AS_BEARER.encode() in answer.body)


class JiraClient:
    """Jira's calls that tickets need. Reads raise the families of `vedette.errors`; writes may also be `Uncertain`."""

    def __init__(self, name: str, config: Config, *, timeout: timedelta) -> None:
        self.name = name
        self.cloud = config.kind is Flavour.CLOUD
        token = config.token.reveal()
        self._talker = _JiraTalker(
            name,
            base_url=f"{config.url}/rest/api/{3 if self.cloud else 2}",
            headers={"Accept": "application/json"} | ({} if config.email else {"Authorization": f"Bearer {token}"}),
            auth=(config.email, token) if config.email else None,
            timeout=timeout.total_seconds(),
            words=partial(words, secrets=config.token.values),
        )

    def close(self) -> None:
        """Let the connections go."""
        self._talker.close()

    def _get(self, path: str, params: Params | None = None) -> Any:
        return _data(self._talker.read(path, params=params))

    def _post_read(self, path: str, body: Json, params: Params | None = None) -> Any:
        return _data(self._talker.read(path, method="POST", json=body, params=params))

    def issue(self, key: str) -> Json | None:
        """One issue by key or id, read past the index; None where there is none that we may see."""
        params = {"fields": ",".join(FIELDS), "properties": STAMP_PROPERTY}
        found: Json | None = _or_none(lambda: self._get(f"/issue/{_part(key)}", params))
        return found

    def issues(self, keys: Sequence[str]) -> Iterator[Json]:
        """Issues by key or id, past the index; those that are not there, or not for us, are left out.

        Data Center has no bulk fetch, so there each is a call of its own.
        """
        if not self.cloud:
            yield from (found for key in keys if (found := self.issue(key)) is not None)
            return
        for start in range(0, len(keys), MOST_AT_ONCE):
            yield from self._bulk(keys[start : start + MOST_AT_ONCE])

    def _bulk(self, keys: Sequence[str]) -> Iterator[Json]:
        body = {"issueIdsOrKeys": list(keys), "fields": FIELDS, "properties": [STAMP_PROPERTY]}
        page = self._post_read("/issue/bulkfetch", body)
        yield from page.get("issues") or ()
        # An error that is not "does not exist" is one that passes; taken for absence it would make a twin.
        for error in page.get("issueErrors") or ():
            if "does not exist" not in str(error.get("errorMessage")) and (found := self.issue(str(error.get("id")))):
                yield found

    def search(self, jql: str, *, fields: Sequence[str], most: int | None = None) -> Iterator[Json]:
        """Issues of the index that match, page by page; `most` ends it early."""
        page = min(most or MOST_AT_ONCE, MOST_AT_ONCE)
        body: Json = {"jql": jql, "fields": list(fields), "maxResults": page}
        given = 0
        while True:
            answer = self._post_read("/search/jql" if self.cloud else "/search", body)
            found = answer.get("issues") or []
            yield from found
            given += len(found)
            if (most is not None and given >= most) or not self._turn(body, answer, given=given):
                return

    def _turn(self, body: Json, answer: Json, *, given: int) -> bool:
        """Point the query at its next page; False where there is none."""
        if self.cloud:
            body["nextPageToken"] = answer.get("nextPageToken")
            return bool(body["nextPageToken"]) and not answer.get("isLast")
        body["startAt"] = given
        return bool(answer.get("issues")) and given < int(answer.get("total") or 0)

    def create(self, fields: Json, *, stamp: str, fence: Fence) -> Json:
        """Create an issue; Cloud takes the stamp as entity property in the same call. The answer holds id and key."""
        body: Json = {"fields": fields}
        if self.cloud:
            body["properties"] = [{"key": STAMP_PROPERTY, "value": stamp}]
        answer = self._talker.write("POST", "/issue", json=body, fence=fence)
        try:
            made = answer.json()
        except msgspec.DecodeError:
            made = None
        if not isinstance(made, dict) or not made.get("key") or not made.get("id"):
            # A 201 says that it was done; without id and key only a look can say as what.
            raise Uncertain(f"{self.name}: POST /issue answered {answer.status} without the key of what it made")
        return made

    def edit(self, key: str, body: Json, *, fence: Fence) -> None:
        """Edit an issue by `fields` or `update`."""
        self._talker.write("PUT", f"/issue/{_part(key)}", json=body, fence=fence)

    def put_stamp(self, key: str, stamp: str, *, fence: Fence) -> None:
        """Write the stamp as the issue's entity property."""
        self._talker.write("PUT", f"/issue/{_part(key)}/properties/{STAMP_PROPERTY}", json=stamp, fence=fence)

    def comments(self, key: str) -> Iterator[Json]:
        """Comments, newest first; on Cloud with their properties."""
        given = 0
        while True:
            params: dict[str, str | int] = {"orderBy": "-created", "startAt": given, "maxResults": MOST_AT_ONCE}
            if self.cloud:
                # Asked for though the documentation of this call lists only `renderedBody`; see `with_properties`.
                params["expand"] = "properties"
            page = self._get(f"/issue/{_part(key)}/comment", params)
            found = page.get("comments") or []
            yield from found
            given += len(found)
            if not found or given >= int(page.get("total") or 0):
                return

    def with_properties(self, ids: Sequence[str]) -> list[Json]:
        """Comments by id with their properties, by the call that documents them (Cloud, at most 1,000)."""
        body = {"ids": [int(each) for each in ids[:1000]]}
        page = _or_none(lambda: self._post_read("/comment/list", body, {"expand": "properties"}))
        return list((page or {}).get("values") or ())

    def comment(self, key: str, body: Any, *, marker: str, fence: Fence) -> None:
        """Add a comment; Cloud takes the marker as the comment's property."""
        call: Json = {"body": body}
        if self.cloud:
            call["properties"] = [{"key": MARKER_PROPERTY, "value": marker}]
        self._talker.write("POST", f"/issue/{_part(key)}/comment", json=call, fence=fence)

    def transitions(self, key: str) -> list[Json]:
        """The ways out of the present status, with the fields that each asks for."""
        answer = self._get(f"/issue/{_part(key)}/transitions", {"expand": "transitions.fields"})
        return list(answer.get("transitions") or ())

    def transition(self, key: str, body: Json, *, fence: Fence) -> None:
        """Take a transition."""
        self._talker.write("POST", f"/issue/{_part(key)}/transitions", json=body, fence=fence)

    def link(self, key: str, body: Json, *, fence: Fence) -> None:
        """Create or replace the remote link of the same global id."""
        self._talker.write("POST", f"/issue/{_part(key)}/remotelink", json=body, fence=fence)

    def myself(self) -> Json:
        """The account that the credentials belong to."""
        return dict(self._get("/myself"))

    def permissions(self, project: str, names: Sequence[str]) -> set[str]:
        """Which of these permissions we have in a project; none where it cannot be seen."""
        params: Params = {"projectKey": project} | ({"permissions": ",".join(names)} if self.cloud else {})
        answer = _or_none(lambda: self._get("/mypermissions", params)) or {}
        known = answer.get("permissions") or {}
        return {name for name in names if (known.get(name) or {}).get("havePermission")}

    def priorities(self) -> list[Json]:
        """Every priority of this Jira, the highest first, as its administrators ordered them."""
        return list(self._pages("/priority/search", "values") if self.cloud else self._get("/priority"))

    def project(self, key: str) -> Json | None:
        """A project with its components, or None."""
        found: Json | None = _or_none(lambda: self._get(f"/project/{_part(key)}"))
        return found

    def project_keys(self) -> list[str]:
        """Keys of projects that we can see, for a "did you mean" (Cloud: the first hundred)."""
        listed = (
            self._get("/project/search", {"maxResults": 100}).get("values") if self.cloud else self._get("/project")
        )
        return [str(each.get("key")) for each in listed or ()]

    def statuses(self, project: str) -> list[Json]:
        """Issue types of a project with the statuses that each can be in."""
        return list(self._get(f"/project/{_part(project)}/statuses"))

    def issue_types(self, project: str) -> list[Json]:
        """Issue types that we may create in a project."""
        return list(self._pages(f"/issue/createmeta/{_part(project)}/issuetypes", "issueTypes"))

    def create_fields(self, project: str, type_id: str) -> list[Json]:
        """Fields of the create screen of one type in a project."""
        return list(self._pages(f"/issue/createmeta/{_part(project)}/issuetypes/{_part(type_id)}", "fields"))

    def _pages(self, path: str, name: str) -> Iterator[Json]:
        given = 0
        while True:
            page = self._get(path, {"startAt": given, "maxResults": MOST_AT_ONCE})
            found = page.get(name) or page.get("values") or []
            yield from found
            given += len(found)
            if not found or page.get("isLast") or given >= int(page.get("total") or 0):
                return

    def assignable(self, project: str, text: str) -> list[Json]:
        """People who can be assigned in a project and whose name or address begins with the text."""
        params: Params = {"project": project, "query" if self.cloud else "username": text, "maxResults": 50}
        return list(_or_none(lambda: self._get("/user/assignable/search", params)) or ())


def _part(text: str) -> str:
    return quote(text, safe="")


def _data(answer: Answer) -> Any:
    try:
        return answer.json()
    except msgspec.DecodeError:
        raise Unavailable(f"Jira: {answer.url} was answered by something that is not JSON") from None


def _or_none(call: Any) -> Any:
    """The call's result, or None where Jira says 404, which hides whether it is missing or not for us."""
    try:
        return call()
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return None
