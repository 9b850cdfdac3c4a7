"""Key routes: the DSNs of a project, and of all of them."""

from starlette.responses import Response

from vedette.sandbox.sentry import answers
from vedette.sandbox.sentry.desk import Ask


def keys(ask: Ask) -> Response:
    """GET a project's DSNs."""
    found, base = ask.project(), ask.world.url
    dsn = base.replace("://", f"://{found.key}@") + f"/{found.id}"
    body = {"id": found.key, "name": "Default", "label": "Default", "public": found.key, "isActive": True}
    return answers.reply([body | {"projectId": found.id, "dsn": {"public": dsn}}])
