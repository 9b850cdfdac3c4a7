"""`check --live` says what is wrong with token, organisation, scopes and address, and the cure."""

from typing import Any

import pytest

from tests.integrations.sentry.opening import TOKEN, source_of
from vedette.model.ownership import Finding
from vedette.model.secret import Secret
from vedette.model.settings import Dialect
from vedette.sandbox.sentry import Dialect as Spoken
from vedette.sandbox.sentry import SentryStandIn, StandInConfig


def findings(sentry: SentryStandIn, **changes: Any) -> dict[str, Finding]:
    found = list(source_of(sentry, **changes).check())
    assert all(TOKEN not in f"{each}" for each in found)
    return {each.subject.removeprefix("sentry main: "): each for each in found}


def test_a_good_instance_has_no_complaint(sentry: SentryStandIn) -> None:
    found = findings(sentry)
    assert list(found) == ["token", "organisation", "scopes", "projects", "issues"]
    assert all(each.ok for each in found.values())
    assert "checkout, external-api, search" in found["projects"].message


def test_a_bad_token_is_told_where_it_comes_from_and_nothing_else_is_asked(modern: SentryStandIn) -> None:
    found = findings(modern, token=Secret(("wrong",), "env/SENTRY_TOKEN"))
    # The root answers anyone; what the token does not open is the organisation.
    failed = [each for each in found.values() if not each.ok]
    assert len(failed) == 1
    assert "env/SENTRY_TOKEN" in failed[0].cure or "401" in failed[0].message
    assert "wrong" not in str(failed)


def test_a_wrong_organisation_is_told(modern: SentryStandIn) -> None:
    found = findings(modern, organization="acmee")
    assert [subject for subject, each in found.items() if not each.ok] == ["organisation"]
    assert "organization:" in found["organisation"].cure


def test_lacking_scopes_are_named(modern: SentryStandIn) -> None:
    body = '{"version": "0", "auth": {"scopes": ["org:read", "project:admin", "event:read"]}, "user": null}'
    headers = {"content-type": "application/json"}
    modern.faults(faults=[{"kind": "status", "path": "/api/0/$", "status": 200, "body": body, "headers": headers}])
    found = findings(modern)
    assert found["scopes"].message == "the token lacks event:write"
    assert "event:write" in found["scopes"].cure
    assert findings(modern, link_back=False)["scopes"].ok


def test_a_page_instead_of_data_names_the_dialect(modern: SentryStandIn) -> None:
    modern.faults(faults=[{"kind": "html"}])
    found = findings(modern)
    assert not found["token"].ok
    assert "dialect:" in found["token"].message


def test_a_server_that_is_down_is_a_finding_and_no_exception(modern: SentryStandIn) -> None:
    modern.faults(faults=[{"kind": "status", "path": "/projects/$", "status": 503}])
    found = findings(modern)
    assert not found["projects"].ok
    assert found["issues"].ok


@pytest.mark.parametrize("spoken", [Spoken.GLITCHTIP, Spoken.SENTRY9])
def test_the_wrong_dialect_does_not_pass_unseen(spoken: Spoken) -> None:
    with SentryStandIn(StandInConfig(dialect=spoken)) as sentry:
        wrong = Dialect.SENTRY9 if spoken is Spoken.GLITCHTIP else Dialect.SENTRY
        found = findings(sentry, dialect=wrong)
        if spoken is Spoken.SENTRY9:
            assert not found["issues"].ok
        else:
            # GlitchTip answers 9.1.2's addresses too; there is nothing wrong to be found.
            assert found["issues"].ok
