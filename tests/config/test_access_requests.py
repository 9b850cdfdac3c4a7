"""`access.requests:` is read, and what it names is there."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.config.reading import ENVIRON, SENTRY
from vedette.config.load import Loaded, examine
from vedette.errors import ConfigError
from vedette.model.requests import AnswerPolicy, MailTls, RequestSettings

FULL = """\
access:
  requests: {poll: true, notify: [pager, pager], repeat: 2d, answer: deny}
notifiers:
  pager: {kind: slack, url: env/HOOK}
alarms: {operators: [pager]}
"""


def loaded(folder: Path, text: str) -> Loaded:
    path = folder / "vedette.yaml"
    path.write_text(SENTRY + text, encoding="utf-8")
    return examine(path, environ=ENVIRON | {"HOOK": "https://hooks.example.test/services/1"})


def test_requests_are_read(tmp_path: Path) -> None:
    settings = loaded(tmp_path, FULL).settings
    asked = RequestSettings(poll=True, notify=("pager",), repeat=timedelta(days=2), answer=AnswerPolicy.DENY)
    assert settings.access.requests == asked


BOX = "poll: true, imap: {host: mail.example.test, user: owner, password: env/SHORT}"


def test_a_mailbox_is_read(tmp_path: Path) -> None:
    box = loaded(tmp_path, FULL.replace("poll: true", BOX)).settings.access.requests.imap
    assert box is not None
    assert (box.host, box.port, box.folder, box.tls, box.password.reveal()) == (
        "mail.example.test", 993, "INBOX", MailTls.TLS, "short-value",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("user: owner", "user: owner, tls: none", "the password would cross the network in the clear"),
        ("user: owner", "user: owner, instance: stage", "stage is no managed instance"),
        ("password: env/SHORT", "port: 143", "password"),
    ],
)
def test_a_mailbox_that_cannot_be_used_is_told(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, FULL.replace("poll: true", BOX).replace(old, new))
    assert any(problem in str(each) for each in caught.value.problems)


def test_nothing_is_read_nor_answered_by_itself_unless_asked_for(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").settings.access.requests == RequestSettings()
    assert RequestSettings().answer is AnswerPolicy.LEAVE


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[pager, pager]", "[pagr]", "there is no notifier pagr; did you mean pager?"),
        ("[pager, pager]", "[]", "requests would be denied without a word to anybody; add notify: [NAME]"),
        ("2d", "1m", "at least"),
        ("deny", "approve", "answer"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in FULL
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, FULL.replace(old, new))
    found = list(map(str, caught.value.problems))
    assert any(problem in each for each in found), found


def test_settings_that_would_do_nothing_are_doubted(tmp_path: Path) -> None:
    warnings = loaded(tmp_path, FULL.replace("poll: true, ", "")).warnings
    assert any("nobody reads requests by themselves without poll: true" in str(each) for each in warnings)
