"""References: what people paste, as an issue of an instance; pure.

Understood: `123`, `instance/123`, `PROJ-1A`, `instance/PROJ-1A`, and the address of an issue in any of its forms, with
or without scheme, query, fragment, `/events/...`, path prefix of a self-hosted server, region or organisation host.
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from vedette.integrations.sentry.untrusted import issue_id
from vedette.model.settings import Dialect, SentryInstance

_SHORT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*-[A-Za-z0-9]+")
_SAAS = "sentry.io"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Numeric:
    """An issue by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class Short:
    """An issue by the id that people read; the server must be asked which one it is."""

    id: str


Reference = Numeric | Short


def parse(text: str, instance: SentryInstance) -> Reference | None:
    """What the text refers to; None where it is no reference, or one to another server or organisation."""
    text = text.strip()
    if found := _bare(text):
        return found
    name, _, rest = text.partition("/")
    if name == instance.name and (found := _bare(rest)):
        return found
    return _address(text, instance)


def id_in_address(address: str) -> str:
    """The numeric id in an address of a signed or token-bound delivery, whichever its host; "" where there is none."""
    parts = _split(address)
    found = _after_issues([] if parts is None else _segments(parts.path))
    return found.id if isinstance(found, Numeric) else ""


def project_in_address(address: str) -> str:
    """The project's slug in an event's API address, `.../projects/ORG/PROJECT/events/...`; "" where there is none."""
    parts = _split(address)
    segments = [] if parts is None else _segments(parts.path)
    at = segments.index("projects") if "projects" in segments else len(segments)
    return segments[at + 2] if len(segments) > at + 3 and segments[at + 3] == "events" else ""


def _bare(text: str) -> Reference | None:
    if number := issue_id(text):
        return Numeric(number)
    return Short(text.upper()) if _SHORT_ID.fullmatch(text) else None


def _address(text: str, instance: SentryInstance) -> Reference | None:
    home = _split(instance.url)
    parts = _split(text if "://" in text else f"{home.scheme if home else 'https'}://{text}")
    if home is None or parts is None or not _same_server(parts, home, instance):
        return None
    segments = _segments(parts.path)
    prefix = _segments(home.path)
    if segments[: len(prefix)] == prefix:
        segments = segments[len(prefix) :]
    return _after_issues(segments) if _same_organization(segments, instance) else None


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address.strip())
        parts.port  # noqa: B018 - reading it is what refuses an odd port
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _same_server(parts: SplitResult, home: SplitResult, instance: SentryInstance) -> bool:
    host, own = parts.hostname or "", home.hostname or ""
    if host == own:
        return _port(parts) == _port(home)
    if own != _SAAS and not own.endswith(f".{_SAAS}"):
        return False
    # sentry.io answers under its bare name, a region's and the organisation's: the same issue at three hosts.
    return host in {_SAAS, f"us.{_SAAS}", f"de.{_SAAS}", f"{instance.organization.lower()}.{_SAAS}"}


def _port(parts: SplitResult) -> int:
    return parts.port or _DEFAULT_PORTS[parts.scheme]


def _same_organization(segments: list[str], instance: SentryInstance) -> bool:
    """Whether the organisation that the path names, if any, is the instance's."""
    if segments[:2] == ["api", "0"]:
        segments = segments[2:]
    at = segments.index("issues") if "issues" in segments else 0
    before = segments[:at]
    if before[:1] == ["organizations"]:
        return before[1:2] == [instance.organization]
    # GlitchTip's permalink names the project where its webhook names the organisation.
    if not before or (len(before) == 1 and instance.dialect is Dialect.GLITCHTIP):
        return True
    return before[0] == instance.organization


def _after_issues(segments: list[str]) -> Reference | None:
    at = segments.index("issues") if "issues" in segments else len(segments)
    return _bare(segments[at + 1]) if len(segments) > at + 1 else None
