"""Gate: who may see the pages at all, and the headers that every answer carries.

Law: without a login only this machine is answered, by its own name and without a middleman; a rebound name, a proxy and
a foreign site are turned away before any page is asked.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

from vedette.model.secret import Secret
from vedette.web.auth import COOKIE, SESSION_FOR, Session, is_metrics_token, new_session, session_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_OPEN = ("/healthz", "/readyz", "/login", "/static/")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    # Not no-referrer: with it browsers call the origin of our own forms null.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# What proxies and their services say of whom they speak for.
_MIDDLEMEN = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip"}
)
# A name or address and a port, and nothing that two readers could read in two ways.
_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(?::[0-9]{1,5})?")
_NO_LOGIN = "These pages have no login, so they answer only on the machine itself. Set web.login_secret to open them."


class Gate:
    """ASGI application around the pages. `secret`: `web.login_secret` as it is now; `secure`: pages are on https."""

    def __init__(
        self,
        inner: Callable[[Scope, Receive, Send], Awaitable[None]],
        *,
        secret: Callable[[], Secret | None],
        secure: Callable[[], bool],
    ) -> None:
        self._inner = inner
        self._secret = secret
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the pages answer."""
        if scope["type"] != "http":
            return
        headers, secret = Headers(scope=scope), self._secret()
        refusal = (_stranger(scope, headers) if secret is None else None) or _foreign_form(scope, headers)
        session = session_of(_cookie(headers), secret)
        if refusal is None and secret is not None and session is None and not _may_pass(scope, headers, secret):
            # The page that says how to sign in stands in for the one that was asked.
            scope.update(path="/login", raw_path=b"/login", method="GET", query_string=b"")
        cookie = None
        if session is None and secret is None:
            session, cookie = self._issued(secret)
        scope.setdefault("state", {}).update(session=session, with_login=secret is not None)
        answer = self._inner if refusal is None else refusal
        await answer(scope, receive, _dressed(send, cookie=cookie if refusal is None else None))

    def _issued(self, secret: Secret | None) -> tuple[Session, str]:
        session, value = new_session(secret)
        return session, cookie_line(value, secure=self._secure())


def cookie_line(value: str, *, secure: bool) -> str:
    """The Set-Cookie header of a session; an empty value ends it."""
    age = int(SESSION_FOR.total_seconds()) if value else 0
    return f"{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"


def _stranger(scope: Scope, headers: Headers) -> Response | None:
    """The refusal of whoever is not this machine itself."""
    if any(name in _MIDDLEMEN or name.replace("_", "-").startswith("x-forwarded-") for name in headers):
        return PlainTextResponse(f"Forwarded requests are refused. {_NO_LOGIN}\n", 403)
    if not _is_loopback((scope.get("client") or ("",))[0]):
        return PlainTextResponse(f"{_NO_LOGIN}\n", 403)
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _is_local_name(hosts[0]):
        return PlainTextResponse(f"This is not a name of this machine. {_NO_LOGIN}\n", 421)
    return None


def _foreign_form(scope: Scope, headers: Headers) -> Response | None:
    """The refusal of a form that another site sent: https://owasp.org/www-community/attacks/csrf."""
    if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return None
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    # Browsers before 2023 send no Sec-Fetch-Site; a proxy in front may have changed the host they speak of.
    foreign = site not in {"same-origin", "none"} if site else bool(origin) and not _same_host(origin, headers)
    if foreign:
        return PlainTextResponse("This form was sent by another site.\n", 403)
    return None


def _same_host(origin: str | None, headers: Headers) -> bool:
    try:
        return urlsplit(origin or "").netloc == headers.get("host", "")
    except ValueError:
        return False


def _may_pass(scope: Scope, headers: Headers, secret: Secret) -> bool:
    path = scope["path"]
    if path.startswith(_OPEN):
        return True
    if path != "/metrics":
        return False
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return _stranger(scope, headers) is None or (scheme.lower() == "bearer" and is_metrics_token(token, secret))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_local_name(host: str) -> bool:
    found = _HOST.fullmatch(host)
    name = (found["six"] or found["name"]).lower() if found else ""
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _cookie(headers: Headers) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def _dressed(send: Send, *, cookie: str | None) -> Send:
    async def dressed(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = {name for name, _ in message["headers"]}
            more = [(name, value) for name, value in _HEADERS if name not in given]
            if b"cache-control" not in given:
                more.append((b"cache-control", b"no-store"))
            if cookie is not None:
                more.append((b"set-cookie", cookie.encode()))
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return dressed
