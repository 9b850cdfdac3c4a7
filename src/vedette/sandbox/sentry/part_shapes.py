"""Part shapes: people, notes and releases, as they stand inside issues and events; pure."""

from hashlib import md5
from typing import Any

from vedette.sandbox.sentry.records import Comment, Issue
from vedette.sandbox.sentry.settings import Person
from vedette.sandbox.sentry.view import View


def comment(found: Comment, view: View) -> dict[str, Any]:
    """A note in the activity."""
    return {
        "id": str(found.id),
        "user": user(found.author, view),
        "type": "note",
        "data": {"text": found.text},
        "dateCreated": view.stamp(found.at),
    }


def user(found: Person, view: View) -> dict[str, Any]:
    """A person in full."""
    born = view.stamp(1_750_000_000.0 + found.id)
    digest = md5(found.email.encode(), usedforsecurity=False).hexdigest()
    return {
        "id": str(found.id),
        "name": found.name,
        "username": found.email,
        "email": found.email,
        "avatarUrl": f"{view.base}/avatar/{digest}",
        "isActive": True,
        "isSuspended": False,
        "hasPasswordAuth": True,
        "isManaged": False,
        "dateJoined": born,
        "lastLogin": None,
        "has2fa": False,
        "lastActive": born,
        "isSuperuser": False,
        "isStaff": False,
        "experiments": {},
        "emails": [{"id": str(found.id), "email": found.email, "is_verified": True}],
        "avatar": {"avatarType": "letter_avatar", "avatarUuid": None},
        "identities": [],
    }


def release(found: Issue, *, first: bool, view: View) -> dict[str, Any] | None:
    """The first or last release that an issue was seen in."""
    versions = list(found.tags.get("release", ()))
    return release_body(versions[0 if first else -1], found.first_seen, view) if versions else None


def release_body(version: str, at: float, view: View) -> dict[str, Any]:
    """A release, as an event and an issue name it."""
    package, _, raw = version.rpartition("@")
    return {
        "id": int(md5(version.encode(), usedforsecurity=False).hexdigest()[:6], 16),
        "version": version,
        "status": "open",
        "shortVersion": version,
        "versionInfo": {"package": package or None, "version": {"raw": raw}, "description": raw, "buildHash": None},
        "ref": None,
        "url": None,
        "dateReleased": None,
        "dateCreated": view.stamp(at),
        "data": {},
        "newGroups": 0,
        "owner": None,
        "commitCount": 0,
        "lastCommit": None,
        "deployCount": 0,
        "lastDeploy": None,
        "authors": [],
        "projects": [],
        "firstEvent": None,
        "lastEvent": None,
        "userAgent": None,
    }
