"""DSNs: which key of a project to hand out, and the forms in which programs want its public address.

Law: the deprecated address, which holds a secret, is never shown, whatever a server answers.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from vedette.model.org import ProjectKey
from vedette.rules.access.quoting import quoted

# Names of Kubernetes objects (RFC 1123 subdomains) and values of labels.
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.-]+")
_LONGEST_NAME, _LONGEST_LABEL = 253, 63
_TAIL = "-dsn"
_SAFE_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}", re.ASCII)


class DsnFormat(StrEnum):
    """How a DSN is printed."""

    PLAIN = "plain"  # the address alone
    ENV = "env"  # SENTRY_DSN=…, for a shell or a .env file
    JSON = "json"
    MANIFEST = "k8s-secret"  # a manifest

    @property
    def suffix(self) -> str:
        """What the name of a file in this form ends with."""
        return {"plain": ".dsn", "env": ".env", "json": ".json", "k8s-secret": f"{_TAIL}.yaml"}[self]


@dataclass(frozen=True, slots=True)
class Choice:
    """The key to hand out, with a remark or ""; None, with the reason and the cure."""

    key: ProjectKey | None
    text: str = ""


def choose(keys: Sequence[ProjectKey], *, project: str, label: str = "", strict: bool = True) -> Choice:
    """The project's key of that label, or its only active one; of several the first where not `strict`."""
    if not keys:
        return Choice(None, f"{project} has no key; make one in Sentry: {project} → Settings → Client Keys (DSN)")
    named = [key for key in keys if label and label.casefold() in (key.label.casefold(), key.id.casefold())]
    if label and not named:
        return Choice(None, f"{project} has no key {label}; it has {_labels(keys)}")
    among = named or list(keys)
    active = [key for key in among if key.active]
    if not active:
        return Choice(None, f"{_labels(among)} of {project} is not active; enable it in Sentry, or make another key")
    if len(active) > 1 and strict:
        return Choice(None, f"{project} has {len(active)} active keys; name one with --key: {_labels(active)}")
    return Choice(active[0], _remark(project, active, [key for key in among if not key.active]))


def public(key: ProjectKey) -> str:
    """The key's public address, also where a server put the secret one in its place."""
    return _without_password(key.dsn)


def rendered(key: ProjectKey, form: DsnFormat) -> str:
    """The key in that form, with a line end."""
    match form:
        case DsnFormat.PLAIN:
            return f"{_one_line(public(key))}\n"
        case DsnFormat.ENV:
            return f"SENTRY_DSN={shlex.quote(_one_line(public(key)))}\n"
        case DsnFormat.JSON:
            return json.dumps(as_data(key), indent=2, ensure_ascii=False) + "\n"
        case DsnFormat.MANIFEST:
            return _manifest(key)


def as_data(key: ProjectKey) -> dict[str, object]:
    """The key as plain JSON values."""
    return {
        "project": key.project,
        "key": key.label,
        "active": key.active,
        "dsn": public(key),
        "security_endpoint": key.security,
    }


def secret_name(project: str) -> str:
    """A valid name of a Kubernetes Secret: the slug with `-dsn` behind it."""
    return f"{_named(project, _LONGEST_NAME - len(_TAIL))}{_TAIL}"


def file_name(project: str, form: DsnFormat) -> str:
    """The name of the project's file; "" for a project whose slug could not be one."""
    return f"{project}{form.suffix}" if _SAFE_FILE.fullmatch(project) else ""


def clashes(projects: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Names of Secrets that several projects would have, with those."""
    found: dict[str, list[str]] = {}
    for project in sorted(set(projects)):
        found.setdefault(secret_name(project), []).append(project)
    return {name: slugs for name, slugs in found.items() if len(slugs) > 1}


def _remark(project: str, active: Sequence[ProjectKey], inactive: Sequence[ProjectKey]) -> str:
    others = f"{project} has {len(active)} active keys: {active[0].label or active[0].id} was taken"
    told = [others] if len(active) > 1 else []
    if inactive:
        told.append(f"{project}: not active, and passed over: {_labels(inactive)}")
    return "; ".join(told)


def _labels(keys: Iterable[ProjectKey]) -> str:
    return ", ".join(key.label or key.id for key in keys)


def _without_password(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        user = parts.netloc.rpartition("@")[0].partition(":")[0]
    except ValueError:
        return ""
    return urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else host))


def _one_line(text: str) -> str:
    return "".join(char for char in text if char.isprintable())


def _named(text: str, longest: int) -> str:
    # A slug may have underscores, and none of these names may.
    return _NOT_IN_NAMES.sub("-", text.lower())[:longest].strip("-.") or "project"


def _manifest(key: ProjectKey) -> str:
    labels = {
        "app.kubernetes.io/name": _named(key.project, _LONGEST_LABEL),
        "app.kubernetes.io/part-of": "sentry",
        "app.kubernetes.io/managed-by": "vedette",
    }
    values = {"dsn": public(key)} | ({"security_endpoint": key.security} if key.security else {})
    lines = ["apiVersion: v1", "kind: Secret", "metadata:", f"  name: {quoted(secret_name(key.project))}"]
    lines += ["  labels:", *(f"    {name}: {quoted(value)}" for name, value in labels.items())]
    lines += ["type: Opaque", "stringData:", *(f"  {name}: {quoted(value)}" for name, value in values.items())]
    return "\n".join(lines) + "\n"
