"""The next page's cursor, out of well-formed and of odd Link headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.integrations.sentry.paging import next_cursor

BASE = "https://sentry.example.test/api/0/organizations/acme/issues/?query=x"


@pytest.mark.parametrize(
    ("header", "cursor"),
    [
        (
            (
                f'<{BASE}&cursor=1:0:1>; rel="previous"; results="false"; cursor="1:0:1", '
                f'<{BASE}&cursor=1:100:0>; rel="next"; results="true"; cursor="1:100:0"'
            ),
            "1:100:0",
        ),
        (
            (
                f'<{BASE}&cursor=1:0:1>; rel="previous"; results="true"; cursor="1:0:1", '
                f'<{BASE}&cursor=1:3:0>; rel="next"; results="false"; cursor="1:3:0"'
            ),
            None,
        ),
        # GlitchTip: the repr of a set, and a first relation without a cursor.
        (
            (
                f'{{\'<{BASE}>; rel="previous"; results="false", '
                f'<{BASE}&cursor=cD0yMDMx%2B>; rel="next"; results="true"; cursor="cD0yMDMx+"\'}}'
            ),
            "cD0yMDMx+",
        ),
        (f'{{\'<{BASE}&cursor=cD0yMDMx%2B>; rel="next"; results="true"\'}}', "cD0yMDMx+"),
        (f'<{BASE}>; rel="next"; results="true"', None),
        (f'<{BASE}&cursor=a>; rel="previous"; results="true"; cursor="a"', None),
        ('<http://[::1/?cursor=a>; rel="next"', None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_next_cursor(header: str, cursor: str | None) -> None:
    assert next_cursor(header) == cursor


@given(st.text())
def test_no_header_raises(header: str) -> None:
    assert next_cursor(header) is None or "next" in header
