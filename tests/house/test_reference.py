"""The reference is whole: every reason, metric, address and state stands in it, and nothing that the code lacks.

Words are read from the code itself (its syntax tree, its enums, what /metrics answers), never from a list kept here.
"""

import ast
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.house.sources import PACKAGE
from tests.house.words import (
    constants,
    explained,
    labels_in,
    page,
    placeholder,
    reasons_in,
    speaks,
    tables,
    words_under,
)
from vedette.flows.context import wall_clock
from vedette.model.deliveries import DeliveryState
from vedette.model.jobs import JobKind, JobState
from vedette.model.journal import EntryKind
from vedette.model.ownership import Ownership
from vedette.model.settings import StoreSettings
from vedette.model.tickets import ClaimState
from vedette.rules.deciding import Reason
from vedette.store.database import Store
from vedette.web import metrics


def test_every_decision_has_its_line_and_no_line_is_of_the_past() -> None:
    assert words_under("Decisions") == {str(reason) for reason in Reason} | {"no_policy"}


def test_every_outcome_of_ownership_and_every_state_of_a_claim_has_its_line() -> None:
    assert words_under("Owners") == {str(each) for each in Ownership}
    assert words_under("Claims") == {str(each) for each in ClaimState}


def test_every_kind_and_state_is_named() -> None:
    text = page("reasons.md")
    missing = [
        str(word) for kind in (JobKind, JobState, DeliveryState, EntryKind) for word in kind if f"`{word}`" not in text
    ]
    assert not missing


def test_every_reason_that_the_code_gives_is_explained() -> None:
    said = {word for path in sorted(PACKAGE.rglob("*.py")) if speaks(path) for word in reasons_in(path)}
    missing = said - explained()
    assert not missing, f"docs/reference/reasons.md does not explain {', '.join(sorted(missing))}"


def test_every_reason_that_is_explained_is_one_that_the_code_knows() -> None:
    known = {word for path in PACKAGE.rglob("*.py") for word in constants(ast.parse(path.read_text(encoding="utf-8")))}
    strangers = {word for word in explained() if word not in known}
    assert not strangers, (
        f"docs/reference/reasons.md explains what the code does not say: {', '.join(sorted(strangers))}"
    )


def test_the_metrics_page_has_every_metric_and_no_other(tmp_path: Path) -> None:
    documented = {row[0].strip("`"): row[1] for row in tables(page("metrics.md")) if row[0].startswith("`vedette_")}
    answered = {family.name: family.type for family in text_string_to_metric_families(scraped(tmp_path))}
    assert {name.removesuffix("_total"): kind for name, kind in documented.items()} == answered


def test_the_labels_of_a_metric_are_those_of_the_page() -> None:
    documented = {
        row[0].strip("`"): [label.strip() for label in row[2].split(",") if label.strip()]
        for row in tables(page("metrics.md"))
    }
    found = {
        name: labels
        for path in (PACKAGE / "flows" / "telemetry.py", PACKAGE / "web" / "metrics.py")
        for name, labels in labels_in(path)
    }
    assert found
    assert {name: documented.get(name) for name in found} == found


def test_the_http_page_has_every_address_of_the_pages_and_no_other() -> None:
    routed = set(
        re.findall(r"\b(?:Route|Mount)\(\s*\"([^\"]+)\"", (PACKAGE / "web" / "pages.py").read_text(encoding="utf-8"))
    )
    routed = {route.replace(":path", "") for route in routed}
    section = page("http.md").partition("## Pages")[2]
    told = {match.rstrip(".").rstrip("/") or "/" for match in re.findall(r"`(?:GET|POST) (/[^`\s]*)`", section)}
    assert told == routed


def test_the_http_page_has_every_address_of_the_hooks() -> None:
    section = page("http.md").partition("## Hooks")[2].partition("## Pages")[0]
    cases = re.findall(r"case \[\"\", ([^\]]+)\]:", (PACKAGE / "web" / "hooks.py").read_text(encoding="utf-8"))
    addresses = {"/" + "/".join(placeholder(part.strip()) for part in case.split(",")) for case in cases}
    assert addresses
    assert addresses <= set(re.findall(r"`POST (/[^`\s]*)`", section))


def scraped(folder: Path) -> str:
    """What /metrics answers of an empty store."""
    with Store.open(StoreSettings(url=f"sqlite:///{folder}/vedette.db")) as store:
        return metrics.exposition(metrics.read(store, now=wall_clock()), store.health()).decode()
