"""HTTP as every vendor uses it: one talker, one reading of outcomes.

The law: a write that left this process without a whole answer is `Uncertain`, never "failed"; and nothing leaves
after the fence, which is checked as the request's bytes are about to go and not a moment earlier.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import msgspec

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain
from vedette.ports.clock import elapsed
from vedette.ports.wire import Wire, until

# The client logs whole addresses at INFO, and some vendors want their token in the query.
logging.getLogger("httpx2").setLevel(logging.WARNING)

# Below this many seconds before the fence a call is not worth beginning: it could only end as ambiguous.
_LEAST_TIME = 0.2
_MAX_ANSWER = 32 * 1024 * 1024
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
# A vendor's wrong clock must not put a job to sleep for years.
_LONGEST_WAIT = 24 * 3600.0
_SENT = ("send_request_headers.started", "send_request_body.started")

Params = Mapping[str, str | int | list[str] | list[int]]


class LeaseSpent(Unavailable):
    """The lease was (nearly) over before the call left, so that nothing was sent."""


@dataclass(frozen=True, slots=True)
class Fence:
    """The moment, on `elapsed()`, after which nothing may be sent and by which every answer must be in."""

    until: float

    @classmethod
    def after(cls, seconds: float) -> "Fence":
        """A fence that many seconds from now."""
        return cls(until=elapsed() + seconds)

    def left(self) -> float:
        """Seconds until the fence; negative once it is past."""
        return self.until - elapsed()


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, headers (case-insensitive) and body."""

    status: int
    headers: httpx2.Headers
    body: bytes
    url: str = field(repr=False, default="")

    @property
    def ok(self) -> bool:
        """A status of the 200s."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises `msgspec.DecodeError` where it is none."""
        return msgspec.json.decode(self.body)


Words = Callable[[Answer], tuple[str, Mapping[str, str]]]


@dataclass(slots=True)
class _Progress:
    """How far a call got: whether any byte of the request left."""

    sent: bool = False


class Talker:
    """Calls one vendor: base address, credentials, time-outs, no redirects, and outcomes by remedy.

    `words` reads the vendor's own message and field messages out of a refusal. `public_only`: an address of a private
    network is `Refused`. `secret_path`: no message names the path, which is the secret.
    """

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float = 20.0,
        words: Words | None = None,
        public_only: bool = False,
        secret_path: bool = False,
    ) -> None:
        self.name = name
        self._timeout = timeout
        self._words = words or _no_words
        self._secret_path = secret_path
        shared: dict[str, Any] = {
            "base_url": base_url,
            "headers": {"User-Agent": "vedette (+https://github.com/vedette-ops/vedette)", **(headers or {})},
            "auth": auth,
            "follow_redirects": False,
            # The proxy of the environment is the wire's own affair; a .netrc must not put other credentials on a call.
            "trust_env": False,
        }
        self._reader = httpx2.Client(**shared, transport=Wire(base_url, keep=20, public_only=public_only))
        # A write never rides on a kept connection: the other side may have closed it, and the reset that follows
        # cannot be told from a reset after a commit.
        self._writer = httpx2.Client(**shared, transport=Wire(base_url, keep=0, public_only=public_only))

    def close(self) -> None:
        """Let the connections go."""
        self._reader.close()
        self._writer.close()

    def read(self, path: str, *, params: Params | None = None, method: str = "GET", json: Any = None) -> Answer:
        """A call that changes nothing (a POST may be one too: `method`). A stale kept connection is tried once more.

        Raises the families of `vedette.errors` except `Uncertain`.
        """
        try:
            answer = self._send(self._reader, method, path, params=params, json=json, fence=None, progress=_Progress())
        except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
            answer = self._again(method, path, params=params, json=json)
        except httpx2.HTTPError as problem:
            raise Unavailable(self._say(method, path, _name(problem))) from None
        return self.judge(answer, method=method, path=path)

    def write(
        self,
        method: str,
        path: str,
        *,
        fence: Fence,
        params: Params | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A call that changes something; its body is `json`, or the very bytes of `content`.

        `Uncertain` where it left and no whole, clear answer came back: time-out, reset, truncated answer, any 5xx (a
        proxy in front may say so of a request that went through), 408.
        """
        progress = _Progress()
        try:
            answer = self._send(
                self._writer,
                method,
                path,
                params=params,
                json=json,
                fence=fence,
                progress=progress,
                raw=content,
                headers=headers,
            )
        except httpx2.HTTPError as problem:
            kind = Uncertain if progress.sent else Unavailable
            raise kind(self._say(method, path, _name(problem))) from None
        if (answer.status >= 500 or answer.status == 408) and not self.settles(answer):
            raise Uncertain(self._say(method, path, f"answered {answer.status}"), wait=retry_after(answer))
        return self.judge(answer, method=method, path=path)

    def settles(self, answer: Answer) -> bool:  # noqa: ARG002 - a vendor that knows more looks at it
        """Whether a 5xx of a write says clearly what became of it, so that `judge` may read it; none does by itself."""
        return False

    def judge(self, answer: Answer, *, method: str, path: str) -> Answer:
        """The answer itself where it is one of the 200s, else the error that names the remedy."""
        status = answer.status
        if answer.ok and _is_html(answer):
            raise Unauthorised(self._say(method, path, "answered a web page where data was expected (a login page?)"))
        if answer.ok:
            return answer
        message, fields = self._words(answer)
        told = self._say(method, path, f"answered {status}" + (f": {message}" if message else ""))
        if status == 429:
            raise RateLimited(told, wait=retry_after(answer))
        if status == 401 or (300 <= status < 400):
            raise Unauthorised(told)
        if status in (408, 409, 410) or status >= 500:
            raise Unavailable(told, wait=retry_after(answer))
        raise Refused(told, status=status, fields=fields)

    def _again(self, method: str, path: str, *, params: Params | None, json: Any) -> Answer:
        try:
            return self._send(self._reader, method, path, params=params, json=json, fence=None, progress=_Progress())
        except httpx2.HTTPError as problem:
            raise Unavailable(self._say(method, path, _name(problem))) from None

    def _send(
        self,
        client: httpx2.Client,
        method: str,
        path: str,
        *,
        params: Params | None,
        json: Any,
        fence: Fence | None,
        progress: _Progress,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        deadline = elapsed() + self._timeout if fence is None else min(elapsed() + self._timeout, fence.until)
        if deadline - elapsed() < _LEAST_TIME:
            raise LeaseSpent(self._say(method, path, "not sent: too little of the lease is left"))

        def watch(event: str, info: Mapping[str, Any]) -> None:
            # Asking a proxy for a tunnel is not yet the request itself.
            if event.endswith(_SENT) and info["request"].method != b"CONNECT":
                if fence is not None and elapsed() >= deadline:
                    # Headers without their body are no request yet; a call without a body is whole by then.
                    kind = LeaseSpent if json is not None or raw is not None or not progress.sent else Uncertain
                    raise kind(self._say(method, path, "not sent: the lease ran out"))
                progress.sent = True

        request = client.build_request(
            method, path, params=params, json=json, content=raw, headers=headers, extensions={"trace": watch}
        )
        request.extensions["timeout"] = httpx2.Timeout(deadline - elapsed()).as_dict()
        with until(deadline):
            response = client.send(request, stream=True)
            try:
                body = self._body(response, deadline=deadline)
            finally:
                response.close()
        return Answer(status=response.status_code, headers=response.headers, body=body, url=path)

    def _body(self, response: httpx2.Response, *, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            parts.append(part)
            if elapsed() > deadline:
                raise httpx2.ReadTimeout("the answer did not end in time")
            if size > _MAX_ANSWER:
                raise httpx2.ReadError("the answer is larger than 32 MiB")
        return b"".join(parts)

    def _say(self, method: str, path: str, what: str) -> str:
        where = "" if self._secret_path else f" {path.split('?', 1)[0]}"
        return f"{self.name}: {method}{where} {what}"


def retry_after(answer: Answer, *, now: datetime | None = None) -> float | None:
    """Seconds that `Retry-After` asks for, given in seconds or as an HTTP date; None where absent or unreadable."""
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    if _SECONDS.fullmatch(text):
        return min(float(text), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - (now or datetime.now(UTC))).total_seconds()), _LONGEST_WAIT)


def _is_html(answer: Answer) -> bool:
    return bool(answer.body) and answer.headers.get("content-type", "").lower().startswith("text/html")


def _name(problem: httpx2.HTTPError) -> str:
    return {
        "ConnectError": "could not connect",
        "ConnectTimeout": "could not connect in time",
        "PoolTimeout": "found no free connection in time",
        "ReadTimeout": "got no whole answer in time",
    }.get(type(problem).__name__, f"lost the connection ({type(problem).__name__})")


def _no_words(_answer: Answer) -> tuple[str, Mapping[str, str]]:
    return "", {}
