"""A storm of ambiguous answers over the looks alone: no ticket lost, none doubled, as the stand-in's log tells."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.conformance.trackers import draft_of, fence
from tests.integrations.asana.standing import AsanaCase, standing
from vedette.errors import RateLimited, Unauthorised, Unavailable, Uncertain
from vedette.model.document import Document, Paragraph, Text
from vedette.model.tickets import TicketDraft
from vedette.ports.roles import Found
from vedette.sandbox.jira import judge

# Late commits are left out: only waiting, which the flow does and a tracker does not, can outlast them.
RATES = [
    {"on": "create", "kind": kind, "chance": 0.12}
    for kind in ("commit-reset", "commit-502", "commit-truncate", "reset", "error-500")
]
RATES += [{"on": "read", "kind": kind, "chance": 0.03} for kind in ("reset", "error-503", "limit-seconds")]
# The judge counts every Sentry link of a task, so that the body names none.
BODY = Document((Paragraph((Text("boom"),)),))


def persist(case: AsanaCase, draft: TicketDraft) -> str:
    """Do as a worker does until the ticket stands: create, and where that is in doubt look first."""
    tracker, doubtful, watermark, at = case.tracker, False, "", datetime.now(UTC)
    for _ in range(60):
        try:
            if doubtful:
                found = tracker.look(draft, watermark=watermark, attempted_at=at)
                if isinstance(found, Found):
                    return found.tickets[0].ref.id
                doubtful = False
            watermark, at = tracker.watermark(draft, known=()), datetime.now(UTC)
            return tracker.create(draft, fence=fence()).id
        except Uncertain:
            doubtful = True
        except (RateLimited, Unavailable, Unauthorised):
            continue
    raise AssertionError(f"no ticket for {draft.link}")


@pytest.mark.parametrize("oauth", [False, True], ids=["token", "oauth"])
def test_forty_issues_in_a_storm_get_one_ticket_each(oauth: bool) -> None:
    company = {"rates": RATES, "seed": 7, "oauth": oauth, "retry_after": [0, 0]}
    with standing(company=company, oauth=oauth, projects=("Ingestion backlog",)) as case:
        drafts = [replace(draft_of(case, number), body=BODY) for number in range(100, 140)]
        with ThreadPoolExecutor(4) as workers:
            refs = list(workers.map(lambda draft: persist(case, draft), drafts))
        verdict = judge(case.asana.log())
        assert verdict.duplicates == ()
        assert sorted(refs) == sorted(each["key"] for each in case.asana.tickets())
        assert len(refs) == len(drafts)
        assert sum(verdict.faults.values()) > 10
