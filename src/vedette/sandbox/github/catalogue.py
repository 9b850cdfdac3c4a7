"""Handlers of what surrounds issues: the account, the App and its tokens, repositories, labels, people."""

import time

from vedette.sandbox.github.answers import Call, Refusal, json_answer, missing
from vedette.sandbox.github.issues import paged, repository_of
from vedette.sandbox.github.keys import Keys
from vedette.sandbox.github.shapes import Shapes, instant
from vedette.sandbox.github.wire import spent
from vedette.sandbox.stage.answers import Answer


def user(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001 - every handler is called alike
    if shapes.state.config.app is not None:
        raise Refusal(403, "Resource not accessible by integration")
    return json_answer(shapes.user(shapes.state.bot))


def app(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001 - every handler is called alike
    known = shapes.state.config.app
    if known is None:
        raise missing()
    shape = {
        "id": int(known.id) if known.id.isdecimal() else 1,
        "slug": known.slug,
        "node_id": f"app-{known.slug}",
        "owner": shapes.user("acme"),
        "name": known.slug,
        "description": None,
        "external_url": shapes.url,
        "html_url": f"{shapes.url}/apps/{known.slug}",
        "created_at": instant(0),
        "updated_at": instant(0),
        "permissions": known.permissions,
        "events": [],
    }
    return json_answer(shape)


class SignIn:
    """The handler that gives tokens, since it needs the keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def token(self, shapes: Shapes, call: Call) -> Answer:
        """A token of an hour for the installation."""
        known = shapes.state.config.app
        if known is None or call.parts["installation"] != str(known.installation):
            raise missing()
        token, ends = self._keys.give(known)
        shape = {
            "token": token,
            "expires_at": instant(ends),
            "permissions": known.permissions,
            "repository_selection": "selected",
        }
        return json_answer(shape, status=201)


def profile(shapes: Shapes, call: Call) -> Answer:
    """An account's page by login, in any case; callers without a token may look at few, and see no address."""
    state, now = shapes.state, time.time()
    if shapes.anonymous:
        state.looked = [each for each in state.looked if each > now - 3600]
        limit = state.config.calls_per_hour_without_token
        if len(state.looked) >= limit:
            raise spent(limit=limit, resource="core", ends=state.looked[0] + 3600)
        state.looked.append(now)
    wanted = call.parts["login"].casefold()
    found = next((each for each in state.config.profiles if each.login.casefold() == wanted), None)
    if found is None:
        raise missing()
    return json_answer(shapes.profile(found))


def installed(shapes: Shapes, call: Call) -> Answer:
    if shapes.state.config.app is None:
        raise Refusal(403, "You must authenticate with an installation access token in order to list repositories.")
    return paged(shapes, call, _visible(shapes), name="repositories")


def repositories(shapes: Shapes, call: Call) -> Answer:
    return paged(shapes, call, _visible(shapes))


def _visible(shapes: Shapes) -> list[dict[str, object]]:
    return [shapes.repository(each) for each in shapes.state.repositories.values() if each.visible]


def repository(shapes: Shapes, call: Call) -> Answer:
    return json_answer(shapes.repository(repository_of(shapes, call)))


def labels(shapes: Shapes, call: Call) -> Answer:
    found = repository_of(shapes, call)
    return paged(shapes, call, [shapes.label(found, each) for each in shapes.state.labels[found.id]])


def label(shapes: Shapes, call: Call) -> Answer:
    found, wanted = repository_of(shapes, call), call.parts["name"].casefold()
    name = next((each for each in shapes.state.labels[found.id] if each.casefold() == wanted), None)
    if name is None:
        raise missing()
    return json_answer(shapes.label(found, name))


def milestones(shapes: Shapes, call: Call) -> Answer:
    found = repository_of(shapes, call)
    return paged(shapes, call, [shapes.milestone(found, each) for each in found.milestones])


def assignable(shapes: Shapes, call: Call) -> Answer:
    """204 where issues can be assigned to the person, else 404."""
    found, wanted = repository_of(shapes, call), call.parts["login"].casefold()
    if wanted not in {each.casefold() for each in found.people}:
        raise missing()
    return Answer(status=204)


def budget(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001 - every handler is called alike
    limit = shapes.state.config.calls_per_hour
    core = {"limit": limit, "remaining": limit, "used": 0, "reset": int(time.time()) + 3600}
    return json_answer({"resources": {"core": core}, "rate": core})
