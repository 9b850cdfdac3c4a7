"""The page on sinks knows every kind, and says of each what the sink says of itself."""

import re

from tests.house.sources import ROOT
from vedette.config.registry import Registry
from vedette.config.sections import SECTIONS, kinds_of
from vedette.integrations.anodot import Anodot
from vedette.integrations.datadog import Datadog
from vedette.integrations.newrelic.sink import NewRelic

PAGE = (ROOT / "docs" / "reference" / "sinks.md").read_text(encoding="utf-8")


def rows() -> dict[str, str]:
    return dict(
        re.findall(r"^\| (?:\[)?`(\w+)`.*? \| (.+) \|$", PAGE.partition("What a vendor takes")[0], re.MULTILINE)
    )


def test_every_kind_of_sink_has_its_row() -> None:
    (section,) = (each for each in SECTIONS if each.key == "sinks")
    assert set(rows()) == set(kinds_of(Registry(), section))


def test_the_class_of_a_resend_is_the_sinks_own() -> None:
    for kind, sink in (("anodot", Anodot), ("datadog", Datadog), ("newrelic", NewRelic)):
        resend, corrected, *_ = rows()[kind].split(" | ")
        assert resend == sink.resend.value.replace("_", " ")
        assert corrected.startswith("stands") is sink.corrects
