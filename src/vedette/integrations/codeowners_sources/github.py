"""GitHub: a CODEOWNERS in a repository, at a commit that is named.

The raw media type is asked for, since the contents interface is empty past 1 MB:
https://docs.github.com/en/rest/repos/contents. The newest commit of the path is read first and the text at that very
commit, so that the two belong together.
"""

import time
from contextlib import closing
from typing import Any
from urllib.parse import quote

import msgspec

from vedette.errors import RateLimited, Refused, Unavailable
from vedette.integrations.codeowners_sources.text import Text, read_as_text
from vedette.model.owners import CodeownersSource
from vedette.ports.http import Answer, Talker, retry_after

# In GitHub's own order: the first that exists is the one in force.
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_RAW = "application/vnd.github.raw+json"
_JSON = "application/vnd.github+json"


def fetch(source: CodeownersSource, *, timeout: float) -> Text:
    """The text in the first of its places, and the commit that shaped it."""
    places = (source.path.strip("/"),) if source.path else PLACES
    with closing(_talker(source, _JSON, timeout)) as listing, closing(_talker(source, _RAW, timeout)) as reading:
        for path in places:
            commit = _newest_commit(listing, source, path)
            body = _at(reading, source, path, commit) if commit else None
            if body is not None:
                return read_as_text(body, place=f"{source.github}/{path}", revision=commit)
    branch = source.ref or "the default branch"
    tried = ", ".join(places)
    raise Refused(f"ownership: {source.github} has no CODEOWNERS on {branch}; tried {tried}; correct `ref:` or `path:`")


class _GitHubTalker(Talker):
    """GitHub's own ways: limits that come as 403, renamed repositories that redirect."""

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        """As `Talker.judge`, with these."""
        if answer.status in {403, 429} and answer.headers.get("x-ratelimit-remaining") == "0":
            raise RateLimited(
                f"{self.name}: {method} {path} answered {answer.status}: the hour's calls are used up",
                wait=_reset(answer),
            )
        if 300 <= answer.status < 400:
            raise Refused(
                f"{self.name}: {method} {path} leads elsewhere; give the repository's new name", status=answer.status
            )
        return super().judge(answer, method=method, path=path)


def _reset(answer: Answer) -> float | None:
    told = answer.headers.get("x-ratelimit-reset", "")
    return max(1.0, float(told) - time.time()) if told.isascii() and told.isdigit() else retry_after(answer)


def _talker(source: CodeownersSource, media_type: str, timeout: float) -> Talker:
    headers = {"Accept": media_type, "X-GitHub-Api-Version": "2022-11-28"}
    if source.token:
        headers["Authorization"] = f"Bearer {source.token.reveal()}"
    address = source.api_url.rstrip("/") + "/"
    return _GitHubTalker("github", base_url=address, headers=headers, timeout=timeout, words=_words)


def _words(answer: Answer) -> tuple[str, dict[str, str]]:
    body = _json(answer)
    message = body.get("message") if isinstance(body, dict) else None
    return (message if isinstance(message, str) else ""), {}


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except msgspec.DecodeError:
        return None


def _newest_commit(talker: Talker, source: CodeownersSource, path: str) -> str:
    """The commit that last touched the path, "" where none did."""
    place = f"repos/{quote(source.github)}/commits"
    params: dict[str, str | int | list[str] | list[int]] = {"path": path, "per_page": 1}
    if source.ref:
        params["sha"] = source.ref
    try:
        answer = talker.read(place, params=params)
    except Refused as refused:
        if refused.status in {404, 422}:
            branch = f" with {source.ref}" if source.ref else ""
            raise Refused(
                f"ownership: no repository {source.github}{branch}, or the token may not see it; tried {place}",
                status=refused.status,
            ) from None
        raise
    body = _json(answer)
    if not isinstance(body, list):
        raise Unavailable(f"github: GET {place} answered {answer.status} without a list of commits")
    newest = body[0] if body and isinstance(body[0], dict) else {}
    return str(newest.get("sha", ""))


def _at(talker: Talker, source: CodeownersSource, path: str, commit: str) -> bytes | None:
    """The bytes at the commit; None where that commit took the file away."""
    try:
        answer = talker.read(f"repos/{quote(source.github)}/contents/{quote(path)}", params={"ref": commit})
    except Refused as refused:
        if refused.status == 404:
            return None
        raise
    if answer.headers.get("content-type", "").startswith("application/json"):
        raise Refused(f"ownership: {source.github}/{path} is a folder; let `path:` name the file")
    return answer.body
