"""The conformance suite of notifiers: what `ports.roles.Notifier` promises, asked of any vendor through its stand-in.

A vendor runs it so:

    class TestPagerDuty(NotifierConformance):
        @pytest.fixture
        def case(self) -> Iterator[NotifierCase]: ...

The law: the suite looks only at what the notifier answers and at what people see afterwards, never at requests.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

import pytest

from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, VedetteError
from vedette.model.alarms import CauseKind, Notice, NoticeState, Severity
from vedette.ports.http import Fence, LeaseSpent
from vedette.ports.roles import Notifier

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOTICE = Notice(
    id="dead:jira:refused#1/1",
    first_id="dead:jira:refused#1/1",
    key="dead:jira:refused",
    kind=CauseKind.DEAD_LETTERS,
    severity=Severity.ERROR,
    state=NoticeState.OPENED,
    title="jira refuses tickets: <components> & 'External API' is not valid",
    cure="change `components` in teams.@acme/x.route at vedette.yaml:12:5",
    facts=(("destination", "jira"), ("first issue", "default/4512"), ("nothing", "")),
    link="https://vedette.example.test/dead",
    since=NOON - timedelta(minutes=5),
    at=NOON,
    count=3,
)
HOSTILE = replace(
    NOTICE,
    id="x#1/1",
    first_id="x#1/1",
    key="k" * 700 + "\r\nX-Evil: 1",
    title="a\r\nBcc: thief@example.test\r\n\r\n<!channel> ü\x00 " + "t" * 5000,
    cure="c" * 9000,
    facts=tuple((f"fact {n}", "v" * 5000) for n in range(40)),
    link="",
)


class Trouble(StrEnum):
    """What can happen to the next delivery."""

    LIMITED = "told to be slower"
    DOWN = "down"
    SILENT = "no answer"
    DEAF = "taken, and no answer"
    LOGIN = "not who it says it is"
    REFUSED = "refused"


FAMILIES: tuple[tuple[Trouble, type[VedetteError]], ...] = (
    (Trouble.LIMITED, RateLimited),
    (Trouble.DOWN, Unavailable),
    (Trouble.SILENT, Unavailable),
    (Trouble.DEAF, Unavailable),
    (Trouble.LOGIN, Unauthorised),
    (Trouble.REFUSED, Refused),
)


class NotifierCase(Protocol):
    """One vendor under test: the notifier, and strings to pull behind the stage."""

    @property
    def notifier(self) -> Notifier: ...
    @property
    def stranger(self) -> Notifier:
        """The same with credentials that are not good."""
        ...

    @property
    def guarded(self) -> Notifier:
        """The same without `allow_private`."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may show nowhere."""
        ...

    @property
    def knows(self) -> frozenset[Trouble]:
        """Troubles that this vendor can be in."""
        ...

    def trouble(self, trouble: Trouble) -> None:
        """Let the next delivery suffer."""
        ...

    def seen(self) -> Sequence[str]:
        """What people were shown, each with all its words."""
        ...

    def told(self) -> int:
        """How often somebody was told something new."""
        ...


def deliver(notifier: Notifier, notice: Notice = NOTICE, *, within: float = 10.0) -> Sequence[str]:
    return notifier.notify(notice, fence=Fence.after(within))


class NotifierConformance:
    """The promises; a subclass says which vendor they are asked of."""

    #: Whether the vendor itself knows a repeat.
    folds_repeats = True
    #: Whether the live check can tell bad credentials without telling anybody anything.
    check_knows_credentials = True

    def test_a_notice_is_delivered_with_what_is_wrong_what_to_do_and_where_to_look(self, case: NotifierCase) -> None:
        assert not deliver(case.notifier)
        (shown,) = case.seen()
        for words in ("jira refuses tickets", "vedette.yaml:12:5", "default/4512", "https://vedette.example.test/dead"):
            assert words in shown

    def test_the_same_notice_twice_tells_people_once_where_the_vendor_can_know_it(self, case: NotifierCase) -> None:
        deliver(case.notifier)
        deliver(case.notifier)
        assert case.told() == (1 if self.folds_repeats else 2)

    def test_the_end_of_a_cause_is_delivered(self, case: NotifierCase) -> None:
        deliver(case.notifier)
        resolved = replace(NOTICE, id="dead:jira:refused#1/end", state=NoticeState.RESOLVED)
        deliver(case.notifier, resolved)
        assert len(case.seen()) == 2
        assert "resolve" in case.seen()[1].lower()

    def test_whatever_strangers_write_is_delivered_and_commands_nothing(self, case: NotifierCase) -> None:
        deliver(case.notifier, HOSTILE)
        (shown,) = case.seen()
        assert "ttttt" in shown

    @pytest.mark.parametrize(("trouble", "family"), FAMILIES)
    def test_each_trouble_is_told_as_the_family_that_names_its_remedy(
        self, case: NotifierCase, trouble: Trouble, family: type[VedetteError]
    ) -> None:
        if trouble not in case.knows:
            assert trouble in (Trouble.LIMITED, Trouble.LOGIN, Trouble.REFUSED)
            return
        case.trouble(trouble)
        with pytest.raises(family) as told:
            deliver(case.notifier, within=1.0)
        self._keeps(case, str(told.value))

    def test_bad_credentials_are_told_as_such_and_show_nothing_of_themselves(self, case: NotifierCase) -> None:
        with pytest.raises(Unauthorised) as told:
            deliver(case.stranger)
        self._keeps(case, str(told.value))
        assert "bad-bad-bad" not in str(told.value)

    def test_a_private_network_is_refused_unless_it_is_allowed(self, case: NotifierCase) -> None:
        with pytest.raises(Refused, match="allow_private: true"):
            deliver(case.guarded)
        assert list(case.seen()) == []

    def test_nothing_is_sent_once_the_lease_is_over(self, case: NotifierCase) -> None:
        with pytest.raises(LeaseSpent):
            deliver(case.notifier, within=0.05)
        assert list(case.seen()) == []

    def test_the_live_check_finds_a_good_notifier_and_tells_nobody(self, case: NotifierCase) -> None:
        findings = list(case.notifier.check())
        assert [finding.ok for finding in findings] == [True]
        assert list(case.seen()) == []

    def test_the_live_check_finds_bad_credentials_and_says_the_cure(self, case: NotifierCase) -> None:
        (finding,) = case.stranger.check()
        assert finding.ok is not self.check_knows_credentials
        assert bool(finding.cure) is self.check_knows_credentials
        self._keeps(case, finding.message + finding.cure)

    def test_no_secret_shows_in_a_log_or_in_the_notifier_itself(
        self, case: NotifierCase, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING):
            deliver(case.notifier)
            with pytest.raises(VedetteError):
                deliver(case.stranger)
        self._keeps(case, caplog.text + repr(case.notifier) + repr(vars(case.notifier)))

    def _keeps(self, case: NotifierCase, words: str) -> None:
        assert not [secret for secret in case.secrets if secret in words]
