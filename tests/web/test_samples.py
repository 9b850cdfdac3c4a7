"""The seven webhooks that a real Sentry 23.7.1 sent, byte for byte."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.serving import Served, post, serving, settings

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "sentry23"
NAMES = (
    "comment_created",
    "error_created",
    "event_alert_triggered",
    "issue_assigned",
    "issue_created",
    "issue_ignored",
    "issue_resolved",
)

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"the recorded webhooks are not at {SAMPLES}: the real bytes are NOT tested"
)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that knows the secret with which they were signed."""
    folder = tmp_path_factory.mktemp("real")
    secret = json.loads((SAMPLES / "hook_client_secret.json").read_text(encoding="utf-8"))["client_secret"]
    (folder / "secret").write_text(secret, encoding="utf-8")
    data = settings(folder)
    data["sentry"]["default"]["client_secret"] = f"file/{folder}/secret"
    with serving(folder, data=data) as running:
        yield running


def sample(name: str) -> tuple[bytes, dict[str, str]]:
    headers = json.loads((SAMPLES / f"hook_{name}.json").read_text(encoding="utf-8"))["headers"]
    kept = {key: value for key, value in headers.items() if key not in {"Host", "Content-Length", "Connection"}}
    return (SAMPLES / f"hook_{name}.raw").read_bytes(), kept


@pytest.mark.parametrize("name", NAMES)
def test_each_is_accepted_as_it_came(real: Served, name: str) -> None:
    body, headers = sample(name)
    assert post(f"{real.hooks}/hooks/sentry", body, headers).status_code == 202


@pytest.mark.parametrize("name", NAMES)
def test_any_byte_changed_is_refused(real: Served, name: str) -> None:
    body, headers = sample(name)
    places = [0, 1, len(body) // 3, len(body) // 2, len(body) - 2, len(body) - 1]
    spoiled = [body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :] for place in places]
    spoiled += [body[:-1], body + b"\n", body.replace(b":", b": ", 1)]
    assert [post(f"{real.hooks}/hooks/sentry", each, headers).status_code for each in spoiled] == [401] * len(spoiled)
