"""Address: a CODEOWNERS at a URL, fetched without being led into the private network.

The name is resolved once, every address that it stands for is checked, and one of those very addresses is connected to:
a name cannot point elsewhere between the check and the call.
"""

from collections.abc import Iterator
from typing import Any

import httpx2

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable
from vedette.integrations.codeowners_sources.text import LARGEST, Text, read_as_text
from vedette.model.owners import CodeownersSource
from vedette.ports.addresses import Private, resolved
from vedette.ports.clock import elapsed


def fetch(source: CodeownersSource, *, timeout: float) -> Text:
    """The text at the address; redirects are refused, since they could lead anywhere."""
    url = httpx2.URL(source.url)
    place = f"{url.scheme}://{url.netloc.decode('ascii').rpartition('@')[2]}{url.path}"
    headers = {"Authorization": f"Bearer {source.token.reveal()}"} if source.token else {}
    try:
        status, body, kind = _get(url, headers, allow_private=source.allow_private, timeout=timeout, place=place)
    except httpx2.HTTPError as problem:
        raise Unavailable(f"ownership: {place} was not read: {type(problem).__name__}") from None
    _judge(status, kind, place=place)
    return read_as_text(body, place=place)


def _judge(status: int, kind: str, *, place: str) -> None:
    if status == 429:
        raise RateLimited(f"ownership: {place} answered 429")
    if status >= 500 or status == 408:
        raise Unavailable(f"ownership: {place} answered {status}")
    if status in {401, 403}:
        raise Unauthorised(f"ownership: {place} answered {status}; give the source a `token:` that may read it")
    if 300 <= status < 400:
        raise Refused(f"ownership: {place} leads elsewhere ({status}); give the final address as `url:`", status=status)
    if status != 200:
        raise Refused(f"ownership: {place} answered {status}; correct `url:`", status=status)
    if kind.lower().startswith("text/html"):
        raise Refused(f"ownership: {place} is a web page, not a CODEOWNERS; give the address of the raw text")


def _get(
    url: httpx2.URL, headers: dict[str, str], *, allow_private: bool, timeout: float, place: str
) -> tuple[int, bytes, str]:
    target, headers, extensions = (url, headers, {}) if allow_private else _pinned(url, headers, place=place)
    deadline = elapsed() + timeout
    # A proxy of the environment would resolve the name again, by itself, past the check.
    with (
        httpx2.Client(follow_redirects=False, trust_env=allow_private, timeout=timeout) as client,
        client.stream("GET", target, headers=headers, extensions=extensions) as response,
    ):
        body = b"".join(_chunks(response, deadline=deadline))
        return response.status_code, body, response.headers.get("content-type", "")


def _chunks(response: httpx2.Response, *, deadline: float) -> Iterator[bytes]:
    """The body as far as the limit and one byte more, within the time."""
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        yield part
        if elapsed() > deadline:
            raise httpx2.ReadTimeout("the text did not end in time")
        if size > LARGEST:
            return


def _pinned(
    url: httpx2.URL, headers: dict[str, str], *, place: str
) -> tuple[httpx2.URL, dict[str, str], dict[str, Any]]:
    """The same request to the very address that was checked; certificate and Host are still the name's."""
    if url.scheme not in {"http", "https"} or not url.host:
        raise Refused(f"ownership: {place} is no http(s) address; correct `url:`")
    address = public_address(url.host, url.port or (443 if url.scheme == "https" else 80), place=place)
    named = {**headers, "Host": url.netloc.decode("ascii").rpartition("@")[2]}
    return url.copy_with(host=address), named, {"sni_hostname": url.host}


def public_address(host: str, port: int, *, place: str) -> str:
    """An address that the name stands for; refused where any of them is not of the public internet."""
    try:
        return resolved(host, port)
    except Private:
        raise Refused(
            f"ownership: {place} leads into a private network ({host}); set `allow_private: true` if that is meant"
        ) from None
    except OSError:
        raise Unavailable(f"ownership: {place}: the name {host} cannot be resolved") from None
