"""Cases: each notifier with its stand-in, as the conformance suite wants them."""

import json
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.notifiers import Trouble
from vedette.integrations import pagerduty, slack, smtp, sns, webhook
from vedette.model.secret import Secret
from vedette.ports.roles import Notifier
from vedette.sandbox.notifiers.inbox import Ill, Inbox
from vedette.sandbox.notifiers.pagerduty import PagerDutyStandIn
from vedette.sandbox.notifiers.slack import SlackStandIn
from vedette.sandbox.notifiers.smtp import Ill as MailIll
from vedette.sandbox.notifiers.smtp import SmtpStandIn
from vedette.sandbox.notifiers.sns import SnsStandIn
from vedette.sandbox.notifiers.webhook import WebhookStandIn

KEY = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
TIMEOUT = 0.6
_ILLS = {
    Trouble.LIMITED: Ill.LIMITED,
    Trouble.DOWN: Ill.DOWN,
    Trouble.SILENT: Ill.SILENT,
    Trouble.DEAF: Ill.DEAF,
    Trouble.LOGIN: Ill.ELSEWHERE,
}
_MAIL_ILLS = {
    Trouble.DOWN: MailIll.BUSY,
    Trouble.SILENT: MailIll.SILENT,
    Trouble.DEAF: MailIll.DEAF,
    Trouble.REFUSED: MailIll.FULL,
}


def secret(value: str) -> Secret:
    return Secret((value,), "env/X")


@dataclass
class Case:
    """One vendor: its notifier, the same as a stranger and as a guarded one, and what people saw."""

    notifier: Notifier
    stranger: Notifier
    guarded: Notifier
    secrets: tuple[str, ...]
    shown: Callable[[], Sequence[str]]
    news: Callable[[], int]
    make_trouble: Callable[[Trouble], None]
    knows: frozenset[Trouble] = field(default_factory=lambda: frozenset(_ILLS))

    def seen(self) -> Sequence[str]:
        return self.shown()

    def told(self) -> int:
        return self.news()

    def trouble(self, trouble: Trouble) -> None:
        self.make_trouble(trouble)

    def close(self) -> None:
        for each in (self.notifier, self.stranger, self.guarded):
            each.close()


def _ill(inbox: Inbox) -> Callable[[Trouble], None]:
    return lambda trouble: inbox.ills.append(_ILLS[trouble])


def of_pagerduty(inbox: PagerDutyStandIn) -> Case:
    def made(key: str, *, private: bool = True) -> pagerduty.PagerDuty:
        config = pagerduty.Config(routing_key=secret(key), url=inbox.url, allow_private=private)
        return pagerduty.PagerDuty("pager", config, timeout=TIMEOUT)

    return Case(
        made(KEY),
        made("bad-bad-bad".ljust(32, "x")),
        made(KEY, private=False),
        (KEY,),
        lambda: [json.dumps(event) for event in inbox.taken if event["dedup_key"] in inbox.incidents],
        lambda: inbox.pages,
        _ill(inbox),
    )


def of_slack(inbox: SlackStandIn) -> Case:
    def made(path: str, *, private: bool = True) -> slack.Slack:
        return slack.Slack("slack", slack.Config(url=secret(inbox.url + path), allow_private=private), timeout=TIMEOUT)

    return Case(
        made(inbox.path),
        made("/services/T000/B000/bad-bad-bad"),
        made(inbox.path, private=False),
        (inbox.path, "/services"),
        lambda: [json.dumps(message) for message in inbox.taken],
        lambda: len(inbox.taken),
        _ill(inbox),
    )


def of_webhook(inbox: WebhookStandIn) -> Case:
    def made(key: str, *, path: str = inbox.path, private: bool = True) -> webhook.Webhook:
        config = webhook.Config(url=secret(inbox.url + path), secret=secret(key), allow_private=private)
        return webhook.Webhook("hook", config, timeout=TIMEOUT)

    return Case(
        made(inbox.secret),
        made("bad-bad-bad"),
        made(inbox.secret, private=False),
        (inbox.path, inbox.secret),
        lambda: [json.dumps(notice) for notice in inbox.taken],
        lambda: len(inbox.taken),
        _ill(inbox),
    )


def of_sns(inbox: SnsStandIn) -> Case:
    def made(key: str, *, private: bool = True) -> sns.Sns:
        config = sns.Config(
            topic=inbox.topic,
            access_key_id=secret(inbox.key_id),
            secret_access_key=secret(key),
            url=inbox.url,
            allow_private=private,
        )
        return sns.Sns("topic", config, timeout=TIMEOUT)

    return Case(
        made(inbox.secret),
        made("bad-bad-bad"),
        made(inbox.secret, private=False),
        (inbox.secret, inbox.key_id),
        lambda: [f"Subject {each['Subject']}\n{each['Message']}" for each in inbox.taken],
        lambda: len(inbox.taken),
        _ill(inbox),
    )


def of_smtp(desk: SmtpStandIn, *, trust: Path, to: tuple[str, ...] = ("ops@example.test",)) -> Case:
    context = ssl.create_default_context(cafile=str(trust))

    def made(password: str, *, private: bool = True) -> smtp.Smtp:
        config = smtp.Config.model_validate(
            {
                "host": "localhost",
                "port": desk.port,
                "from": "vedette@example.test",
                "to": to,
                "username": desk.username,
                "password": secret(password),
                "allow_private": private,
            }
        )
        return smtp.Smtp("mail", config, timeout=TIMEOUT, trust=context)

    return Case(
        made(desk.password),
        made("bad-bad-bad"),
        made(desk.password, private=False),
        (desk.password,),
        lambda: [f"Subject {mail.message['subject']}\n{mail.message.get_content()}" for mail in desk.mails],  # type: ignore[attr-defined]
        lambda: len({mail.message["message-id"] for mail in desk.mails}),
        lambda trouble: desk.ills.append(_MAIL_ILLS[trouble]),
        frozenset(_MAIL_ILLS),
    )
