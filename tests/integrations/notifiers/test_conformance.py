"""Every notifier through the conformance suite."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conformance.notifiers import NotifierCase, NotifierConformance
from tests.integrations.notifiers import cases
from vedette.sandbox.notifiers.pagerduty import PagerDutyStandIn
from vedette.sandbox.notifiers.slack import SlackStandIn
from vedette.sandbox.notifiers.smtp import SmtpStandIn
from vedette.sandbox.notifiers.sns import SnsStandIn
from vedette.sandbox.notifiers.webhook import WebhookStandIn


class TestPagerDuty(NotifierConformance):
    """PagerDuty."""

    @pytest.fixture
    def case(self) -> Iterator[NotifierCase]:
        with PagerDutyStandIn(routing_key=cases.KEY) as inbox, closing(cases.of_pagerduty(inbox)) as case:
            yield case


class TestSlack(NotifierConformance):
    """Slack; a webhook has no key by which a repeat is known."""

    folds_repeats = False

    @pytest.fixture
    def case(self) -> Iterator[NotifierCase]:
        with SlackStandIn() as inbox, closing(cases.of_slack(inbox)) as case:
            yield case


class TestWebhook(NotifierConformance):
    """A receiver that leaves out what it has; only a notice would show whether it knows the signature."""

    check_knows_credentials = False

    @pytest.fixture
    def case(self) -> Iterator[NotifierCase]:
        with WebhookStandIn() as inbox, closing(cases.of_webhook(inbox)) as case:
            yield case


class TestSns(NotifierConformance):
    """SNS; only a FIFO topic knows a repeat."""

    folds_repeats = False

    @pytest.fixture
    def case(self) -> Iterator[NotifierCase]:
        with SnsStandIn() as inbox, closing(cases.of_sns(inbox)) as case:
            yield case


class TestSmtp(NotifierConformance):
    """A mail server that wants STARTTLS and a sign-in; a repeat has the Message-ID of the first."""

    @pytest.fixture
    def case(self, server_tls: ssl.SSLContext, certificate: Path) -> Iterator[NotifierCase]:
        with SmtpStandIn(tls=server_tls) as desk, closing(cases.of_smtp(desk, trust=certificate)) as case:
            yield case
