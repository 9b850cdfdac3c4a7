"""Identity: an id is a UUID v4 by its form, the same for the same stamp, and another in every workspace."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vedette.integrations.linear import INTEGRATION, Config
from vedette.integrations.linear.identity import Identity, id_of, stamp_line
from vedette.model.secret import Secret

ACME = Identity(lambda: "org-acme")
OTHER = Identity(lambda: "org-other")
STAMP = "vedette-default-4711-main-1"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_id_has_the_form_that_linear_takes(text: str) -> None:
    found = id_of(text)
    assert uuid.UUID(found).version == 4
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", found)


def test_an_id_is_the_stamps_and_the_workspaces_own() -> None:
    assert ACME.issue(STAMP) == Identity(lambda: "org-acme").issue(STAMP)
    others = {OTHER.issue(STAMP), ACME.issue(f"{STAMP}1"), ACME.comment(ACME.issue(STAMP), marker=STAMP)}
    assert ACME.issue(STAMP) not in others
    assert len(others) == 3


def test_a_stamp_counts_only_on_the_ticket_whose_id_comes_from_it() -> None:
    text = f"vedette-default-9-main-1 and\n\n{stamp_line(STAMP)}"
    assert ACME.stamp(ACME.issue(STAMP), text) == STAMP
    assert ACME.stamp(ACME.issue("another"), text) == ""
    assert ACME.stamp(ACME.issue(STAMP), "no line") == ""


@pytest.mark.parametrize(
    "url", ["ftp://x.test/graphql", "https://x.test", "https://u:p@x.test/g", "https://x.test/g?a=b"]
)
def test_an_address_that_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="expected"):
        Config(url=url, token=Secret(("hidden",), "env/T"))


def test_settings_hide_the_token_and_know_linears_address() -> None:
    config = Config(token=Secret(("hidden",), "env/T"))
    assert (config.origin, config.path) == ("https://api.linear.app", "/graphql")
    assert "hidden" not in repr(config)
    assert INTEGRATION.config is Config
