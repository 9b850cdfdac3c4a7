"""What people paste as an issue, and what is not of this instance."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.integrations.sentry.references import Numeric, Reference, Short, id_in_address, parse, project_in_address
from vedette.model.secret import Secret
from vedette.model.settings import Dialect, SentryInstance

SELF_HOSTED = SentryInstance("main", "https://sentry.example.test", "acme", Secret(("t",)))
SAAS = replace(SELF_HOSTED, name="saas", url="https://sentry.io")
PREFIXED = replace(SELF_HOSTED, url="https://tools.example.test/sentry/")
GLITCHTIP = replace(SELF_HOSTED, url="https://glitchtip.example.test:8443", dialect=Dialect.GLITCHTIP)


@pytest.mark.parametrize(
    ("text", "instance", "found"),
    [
        ("4711", SELF_HOSTED, Numeric("4711")),
        (" 4711 ", SELF_HOSTED, Numeric("4711")),
        ("main/4711", SELF_HOSTED, Numeric("4711")),
        ("saas/4711", SELF_HOSTED, None),
        ("merchant-backend-3f", SELF_HOSTED, Short("MERCHANT-BACKEND-3F")),
        ("main/PROJ-1A", SELF_HOSTED, Short("PROJ-1A")),
        ("https://sentry.example.test/acme/merchant/issues/1/", SELF_HOSTED, Numeric("1")),
        ("https://sentry.example.test/organizations/acme/issues/1/", SELF_HOSTED, Numeric("1")),
        (
            "https://sentry.example.test/organizations/acme/issues/1/events/ab12/?project=3#trace",
            SELF_HOSTED,
            Numeric("1"),
        ),
        ("https://sentry.example.test/issues/1", SELF_HOSTED, Numeric("1")),
        ("sentry.example.test/issues/1/", SELF_HOSTED, Numeric("1")),
        ("HTTPS://Sentry.Example.Test:443/issues/1/", SELF_HOSTED, Numeric("1")),
        ("https://sentry.example.test/organizations/acme/issues/PROJ-1A/", SELF_HOSTED, Short("PROJ-1A")),
        ("https://sentry.example.test/api/0/issues/21/", SELF_HOSTED, Numeric("21")),
        ("https://sentry.example.test/api/0/organizations/acme/issues/21/events/latest/", SELF_HOSTED, Numeric("21")),
        ("https://acme.sentry.io/issues/1/?referrer=slack", SAAS, Numeric("1")),
        ("https://us.sentry.io/api/0/organizations/acme/issues/1/", SAAS, Numeric("1")),
        ("https://sentry.io/organizations/acme/issues/1/", SAAS, Numeric("1")),
        ("https://tools.example.test/sentry/organizations/acme/issues/1/", PREFIXED, Numeric("1")),
        ("https://glitchtip.example.test:8443/acme/issues/81", GLITCHTIP, Numeric("81")),
        ("https://glitchtip.example.test:8443/merchant-backend/issues/81", GLITCHTIP, Numeric("81")),
        # Not of this instance, or not of an issue.
        ("https://sentry.example.test/organizations/other/issues/1/", SELF_HOSTED, None),
        ("https://sentry.example.test/other/merchant/issues/1/", SELF_HOSTED, None),
        ("https://sentry.example.test:8443/issues/1/", SELF_HOSTED, None),
        ("https://acme.sentry.io/issues/1/", SELF_HOSTED, None),
        ("https://other.sentry.io/issues/1/", SAAS, None),
        ("https://evil.test/acme.sentry.io/issues/1/", SAAS, None),
        ("https://sentry.io.evil.test/issues/1/", SAAS, None),
        ("https://sentry.example.test/organizations/acme/issues/?query=x", SELF_HOSTED, None),
        ("https://sentry.example.test/share/issue/0a1b2c/", SELF_HOSTED, None),
        ("ftp://sentry.example.test/issues/1/", SELF_HOSTED, None),
        ("https://sentry.example.test:port/issues/1/", SELF_HOSTED, None),
        ("https://[::1/issues/1/", SELF_HOSTED, None),
        ("0", SELF_HOSTED, None),
        ("", SELF_HOSTED, None),
        ("what is this", SELF_HOSTED, None),
    ],
)
def test_references(text: str, instance: SentryInstance, found: Reference | None) -> None:
    assert parse(text, instance) == found


@given(st.text())
def test_no_text_raises(text: str) -> None:
    found = parse(text, SELF_HOSTED)
    assert found is None or found.id


@given(st.text(alphabet="abc/:.?#[]issues0123@", max_size=40))
def test_no_address_raises(text: str) -> None:
    number = id_in_address(f"https://{text}")
    assert number == "" or number.isdigit()


def test_the_project_stands_in_an_events_address() -> None:
    assert project_in_address("https://s.example.test/api/0/projects/acme/shop/events/ab/") == "shop"
    assert project_in_address("https://s.example.test/api/0/projects/acme/") == ""
    assert project_in_address("") == ""
