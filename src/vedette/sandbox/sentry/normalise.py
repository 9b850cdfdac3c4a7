"""Normalising: an SDK's event made into the shape that Sentry stores and puts into webhooks; pure."""

from typing import Any

from vedette.sandbox.sentry import dates, grouping
from vedette.sandbox.sentry.settings import Project

_KEPT = ("breadcrumbs", "debug_meta", "extra", "modules", "request", "threads", "user", "transaction")


def normalise(event: dict[str, Any], *, project: Project, received: float) -> dict[str, Any]:
    """The stored event: tags as pairs, times twice, title and culprit computed."""
    at = dates.parse(event.get("timestamp"), received)
    meta = grouping.metadata(event)
    stored: dict[str, Any] = {
        "event_id": str(event["event_id"]).replace("-", ""),
        "project": project.id,
        "release": event.get("release"),
        "dist": event.get("dist"),
        "platform": event.get("platform") or "other",
        "message": grouping.message(event)[1],
        "datetime": dates.micro(at),
        "tags": tags(event),
        "contexts": event.get("contexts") or {},
        "culprit": grouping.culprit(event),
        "environment": event.get("environment"),
        "fingerprint": event.get("fingerprint") or [grouping.DEFAULT],
        "hashes": grouping.hashes(event),
        "key_id": str(project.id),
        "level": event.get("level") or "error",
        "location": meta.get("filename"),
        "logger": event.get("logger") or "",
        "metadata": meta,
        "received": received,
        "sdk": event.get("sdk") or {"name": "unknown", "version": "0"},
        "timestamp": at,
        "title": grouping.title(meta),
        "type": "error" if "type" in meta else "default",
        "version": "7",
    }
    if grouping.exceptions(event):
        stored["exception"] = {"values": [_exception(value) for value in grouping.exceptions(event)]}
    return stored | {key: event[key] for key in _KEPT if event.get(key)}


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    """An exception whose frames all say whether they are the application's; SDKs leave the word out for False."""
    frames = [frame | {"in_app": bool(frame.get("in_app"))} for frame in grouping.frames(value)]
    return value | {"stacktrace": value["stacktrace"] | {"frames": frames}} if frames else value


def tags(event: dict[str, Any]) -> list[list[str]]:
    """Pairs: what the SDK set, and what Sentry derives from the rest of the event."""
    given = event.get("tags") or {}
    pairs = list(given.items()) if isinstance(given, dict) else [tuple(pair) for pair in given]
    found = {str(key): str(value) for key, value in [*_derived(event), *pairs] if value not in {None, ""}}
    return [[key, value] for key, value in sorted(found.items())]


def _derived(event: dict[str, Any]) -> list[tuple[str, Any]]:
    chain = grouping.exceptions(event)
    mechanism = (chain[-1].get("mechanism") or {}) if chain else {}
    runtime = (event.get("contexts") or {}).get("runtime") or {}
    handled = mechanism.get("handled")
    return [
        ("environment", event.get("environment")),
        ("handled", None if handled is None else "yes" if handled else "no"),
        ("level", event.get("level") or "error"),
        ("mechanism", mechanism.get("type")),
        ("release", event.get("release")),
        ("runtime", " ".join(str(runtime[key]) for key in ("name", "version") if runtime.get(key))),
        ("runtime.name", runtime.get("name")),
        ("server_name", event.get("server_name")),
        ("transaction", event.get("transaction")),
        ("url", (event.get("request") or {}).get("url")),
        ("user", user_tag(event.get("user") or {})),
    ]


def user_tag(user: dict[str, Any]) -> str:
    """Sentry's name for a person: id:7, else email:, username:, ip:."""
    for key, label in (("id", "id"), ("email", "email"), ("username", "username"), ("ip_address", "ip")):
        if user.get(key):
            return f"{label}:{user[key]}"
    return ""
