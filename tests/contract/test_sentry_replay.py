"""The calls that were recorded on 23.7.1, made anew in their order, are answered alike by the stand-in.

Alike is: the same status; the same body where it is a refusal; else the same keys, down to the last, with values of the
same kinds. What a recording says in place of an id is put in place of ours.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.contract.test_sentry_standin import needs_samples, samples
from vedette.sandbox.sentry import Person, SentryStandIn, StandInConfig
from vedette.sandbox.sentry.hooks import tls

PEOPLE = (Person(1, "admin@example.com", "Admin"), Person(2, "dev@example.com", "Dev"))
#: Recorded in one session, in which these came before everything else.
WANTED = (*range(1, 22), 27, *range(29, 35), 105, 108, *range(133, 154), 156)
#: Told differently on purpose, or because of what else was on that server.
LEFT_OUT = {
    "options": "which options a server lists depends on what was ever set",
    "features": "a list of words",
    "onboardingTasks": "nobody is led through the first steps here",
    "scopes": "a list of words",
    "access": "a list of words",
}


def recordings() -> list[Path]:
    """The recorded calls that concern people, teams and projects, in order."""
    folder = samples()
    if folder is None:
        return []
    named = ((path, re.match(r"\d+", path.name)) for path in sorted(folder.glob("[01]*.json")))
    return [path for path, number in named if number and int(number[0]) in WANTED]


class Replay:
    """A stand-in that begins as the recorded server did, and the ids that stand for the recorded ones."""

    def __init__(self, sentry: SentryStandIn, call: httpx2.Client) -> None:
        self.sentry, self.call = sentry, call
        self.ids: dict[str, str] = {}

    def say(self, recorded: dict[str, Any]) -> httpx2.Response:
        asked = recorded["request"]
        path = asked["path"]
        for theirs, ours in self.ids.items():
            path = path.replace(f"/{theirs}/", f"/{ours}/")
        token = self.sentry.config.read_only_tokens[0] if "ro_" in recorded.get("name", "") else self.sentry.token
        head = {"Authorization": f"Bearer {token}"}
        answer = self.call.request(asked["method"], path, params=asked["params"], json=asked["body"], headers=head)
        if answer.status_code == 201 and isinstance(recorded["body"], dict) and "id" in recorded["body"]:
            self.ids[str(recorded["body"]["id"])] = str(answer.json()["id"])
        return answer


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    config = StandInConfig(people=PEOPLE, teams=(), projects=())
    with (
        SentryStandIn(config) as sentry,
        httpx2.Client(base_url=sentry.url, trust_env=False, verify=tls()) as call,
    ):
        sentry.roster(choices={"ownership_status": 200})
        yield Replay(sentry, call)


def differences(real: Any, ours: Any, where: str = "") -> Iterator[str]:
    """What is missing or of another kind."""
    if real is None or ours is None:
        return
    if isinstance(real, dict) and isinstance(ours, dict):
        for key, value in real.items():
            if key not in LEFT_OUT:
                yield from differences(value, ours[key], f"{where}.{key}") if key in ours else [f"{where}.{key}: none"]
    elif isinstance(real, list) and isinstance(ours, list):
        if real and ours:
            yield from differences(real[0], ours[0], f"{where}[]")
    elif type(real) is not type(ours):
        yield f"{where}: {type(ours).__name__} for {type(real).__name__}"


@needs_samples
def test_the_recorded_calls_are_answered_alike(replay: Replay) -> None:
    found: list[str] = []
    for path in recordings():
        recorded = json.loads(path.read_bytes())
        answer = replay.say({**recorded, "name": path.name})
        if answer.status_code != recorded["status"]:
            found.append(f"{path.name}: {answer.status_code} {answer.text[:200]}")
        elif recorded["status"] >= 400:
            found += [f"{path.name}: {answer.json()}"] if answer.json() != recorded["body"] else []
        elif answer.content:
            found += [f"{path.name}{each}" for each in differences(recorded["body"], answer.json())]
    assert not found, "\n".join(found)
