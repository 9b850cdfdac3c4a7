"""The conformance suite of trackers: what `ports.roles.Tracker` promises, asked of any vendor through a stand-in of it.

A vendor runs it so:

    class TestCloud(TrackerConformance):
        @pytest.fixture
        def case(self) -> Iterator[TrackerCase]: ...

The law: the suite looks only at what the tracker answers and at what the vendor holds afterwards, never at requests.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

import pytest

from tests.waiting import until
from vedette.errors import RateLimited, Refused, Unauthorised, Unavailable, Uncertain, VedetteError
from vedette.model.boards import Place
from vedette.model.document import Bullets, Code, Document, Facts, Heading, Link, Paragraph, Text
from vedette.model.tickets import Route, Ticket, TicketDraft, TicketRef, TicketState
from vedette.ports.http import Fence, LeaseSpent
from vedette.ports.roles import Absent, Found, Tracker, resolve


class Trouble(StrEnum):
    """What a vendor can do to the next call, told apart by whether the work was done."""

    HANG_AFTER_COMMIT = "hang after commit"
    RESET_AFTER_COMMIT = "reset after commit"
    BAD_GATEWAY_AFTER_COMMIT = "502 after commit"
    TRUNCATED_AFTER_COMMIT = "truncated after commit"
    LATE_COMMIT = "commit after the connection ended"
    LIMITED_SECONDS = "429, seconds"
    LIMITED_DATE = "429, date"
    DOWN = "503"
    BROKEN = "500"
    STRANGER = "401"
    LOGIN_PAGE = "200, login page"
    CONFLICT = "409"
    RESET = "reset, nothing done"


AMBIGUOUS = (
    Trouble.HANG_AFTER_COMMIT,
    Trouble.RESET_AFTER_COMMIT,
    Trouble.BAD_GATEWAY_AFTER_COMMIT,
    Trouble.TRUNCATED_AFTER_COMMIT,
    Trouble.LATE_COMMIT,
)
CLEAR: tuple[tuple[Trouble, type[VedetteError]], ...] = (
    (Trouble.LIMITED_SECONDS, RateLimited),
    (Trouble.LIMITED_DATE, RateLimited),
    (Trouble.STRANGER, Unauthorised),
    (Trouble.LOGIN_PAGE, Unauthorised),
    (Trouble.CONFLICT, Unavailable),
)
# Answers that a proxy may give though the vendor did the work: nobody can know, so they count as ambiguous too.
UNCLEAR = (Trouble.DOWN, Trouble.BROKEN, Trouble.RESET)


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket as the vendor really holds it, read behind the tracker's back."""

    id: str
    key: str
    title: str
    done: bool
    comments: int
    links: int


class TrackerCase(Protocol):
    """One vendor under test: the tracker, and strings to pull behind the stage."""

    @property
    def tracker(self) -> Tracker: ...
    @property
    def route(self) -> Route:
        """A route in which everything exists."""
        ...

    @property
    def refused(self) -> Route:
        """A route where the vendor refuses a ticket with a 4xx."""
        ...

    @property
    def done_status(self) -> str: ...
    @property
    def open_status(self) -> str: ...
    @property
    def wont_do_status(self) -> str: ...
    @property
    def secrets(self) -> tuple[str, ...]:
        """What may show nowhere."""
        ...

    def trouble(self, trouble: Trouble) -> None:
        """Let the next write suffer."""
        ...

    def reading_trouble(self, trouble: Trouble) -> None:
        """Let the next read suffer."""
        ...

    def held(self) -> Sequence[Held]:
        """Every ticket that the vendor holds, oldest first."""
        ...

    def move(self, ref: TicketRef) -> None:
        """Move a ticket to another project, as a person would."""
        ...

    def delete(self, ref: TicketRef) -> None:
        """Delete a ticket, as a person would."""
        ...


def fence() -> Fence:
    """A fence far enough away."""
    return Fence.after(30)


def document(text: str = "boom") -> Document:
    """A body with every kind of block."""
    return Document(
        (
            Paragraph((Text(text, strong=True), Text(" in "), Text("checkout()", code=True))),
            Heading("Stack"),
            Code("ValueError: boom\n  app/pay.py:12 in checkout", language="python"),
            Bullets(((Text("first"),), (Link("https://acme.sentry.io/issues/7/", "Sentry"),))),
            Facts((("Level", (Text("error"),)), ("Users", (Text("12"),)))),
        )
    )


def draft_of(case: TrackerCase, number: int = 4711, *, generation: int = 1) -> TicketDraft:
    """A draft for one Sentry issue."""
    link = f"https://acme.sentry.io/issues/{number}/"
    stamp = f"vedette-default-{number}-main-{generation}"
    return TicketDraft(route=case.route, title=f"ValueError: boom {link}", body=document(), stamp=stamp, link=link)


def tickets_of(found: Found | Absent) -> tuple[Ticket, ...]:
    """The tickets of a look that must have found some."""
    assert isinstance(found, Found), found
    return found.tickets


def open_once(case: TrackerCase, draft: TicketDraft) -> TicketRef:
    """Create as a worker does: after an ambiguous outcome look, and create again only what is not there."""
    attempted_at = datetime.now(UTC)
    watermark = case.tracker.watermark(draft, known=())
    try:
        return case.tracker.create(draft, fence=fence())
    except Uncertain:
        found = case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at)
    return found.tickets[0].ref if isinstance(found, Found) else case.tracker.create(draft, fence=fence())


def calls(case: TrackerCase, draft: TicketDraft, ref: TicketRef) -> Iterator[tuple[str, Callable[[Fence], object]]]:
    """Every write of the role, by name."""
    tracker = case.tracker
    yield "create", lambda fence: tracker.create(draft, fence=fence)
    yield "comment", lambda fence: tracker.comment(ref, document(), marker="m-9", fence=fence)
    yield "transition", lambda fence: tracker.transition(ref, status=case.done_status, fence=fence)
    yield "link", lambda fence: tracker.link(ref, url=draft.link, title="Sentry", fence=fence)


class TrackerConformance:
    """The promises of the role, one test each. A subclass gives the fixture `case`."""

    def test_a_search_finds_none_where_there_is_none(self, case: TrackerCase) -> None:
        draft = draft_of(case)
        assert list(case.tracker.search(stamp=draft.stamp, link=draft.link)) == []

    def test_a_search_finds_the_one_with_the_stamp_and_not_its_neighbours(self, case: TrackerCase) -> None:
        wanted = draft_of(case, 47)
        refs = [case.tracker.create(each, fence=fence()) for each in (wanted, draft_of(case, 471))]
        found = until(lambda: case.tracker.search(stamp=wanted.stamp, link=wanted.link))
        assert [(ticket.ref, ticket.stamp) for ticket in found] == [(refs[0], wanted.stamp)]

    def test_a_place_that_is_a_project_is_that_project_and_keeps_its_section(self, case: TrackerCase) -> None:
        placed = resolve(case.tracker, Place(project=case.route.project, section="Needs triage"))
        assert (placed.project, placed.section, placed.said) == (case.route.project, "Needs triage", "")

    def test_a_portfolio_that_is_not_there_is_refused_by_its_name(self, case: TrackerCase) -> None:
        with pytest.raises(Refused, match="portfolio"):
            resolve(case.tracker, Place(portfolio="99999"))

    def test_a_created_ticket_is_there_with_its_title_and_open(self, case: TrackerCase) -> None:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        assert [(each.id, each.key, each.title, each.done) for each in case.held()] == [
            (ref.id, ref.key, draft.title, False)
        ]
        read = case.tracker.read([ref])[ref.id]
        assert (read.state, read.stamp, read.title) == (TicketState.OPEN, draft.stamp, draft.title)
        assert read.ref == ref
        assert ref.tracker == case.tracker.name
        assert ref.url.startswith("http")

    def test_a_new_ticket_needs_no_mending(self, case: TrackerCase) -> None:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        assert list(case.tracker.mend(ref, draft, fence=fence())) == []

    @pytest.mark.parametrize("trouble", [*AMBIGUOUS[:-1], *UNCLEAR], ids=str)
    def test_creating_twice_after_an_ambiguous_answer_makes_one(self, case: TrackerCase, trouble: Trouble) -> None:
        draft = draft_of(case)
        case.trouble(trouble)
        ref = open_once(case, draft)
        assert [each.key for each in case.held()] == [ref.key]

    @pytest.mark.parametrize("trouble", AMBIGUOUS, ids=str)
    def test_an_ambiguous_create_is_uncertain_and_a_look_finds_it(self, case: TrackerCase, trouble: Trouble) -> None:
        draft, attempted_at = draft_of(case), datetime.now(UTC)
        watermark = case.tracker.watermark(draft, known=())
        case.trouble(trouble)
        with pytest.raises(Uncertain):
            case.tracker.create(draft, fence=fence())
        held = until(case.held)
        found = tickets_of(case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at))
        assert [ticket.ref.key for ticket in found] == [each.key for each in held]
        assert found[0].stamp == draft.stamp

    @pytest.mark.parametrize("trouble", UNCLEAR, ids=str)
    def test_a_5xx_or_a_cut_connection_is_uncertain_and_a_look_proves_absence(
        self, case: TrackerCase, trouble: Trouble
    ) -> None:
        draft, attempted_at = draft_of(case), datetime.now(UTC)
        watermark = case.tracker.watermark(draft, known=())
        case.trouble(trouble)
        with pytest.raises(Uncertain):
            case.tracker.create(draft, fence=fence())
        assert isinstance(case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at), Absent)

    @pytest.mark.parametrize(("trouble", "kind"), CLEAR, ids=str)
    def test_a_clear_refusal_is_not_uncertain_and_nothing_was_done(
        self, case: TrackerCase, trouble: Trouble, kind: type[VedetteError]
    ) -> None:
        case.trouble(trouble)
        with pytest.raises(kind) as told:
            case.tracker.create(draft_of(case), fence=fence())
        assert not isinstance(told.value, Uncertain)
        assert list(case.held()) == []

    @pytest.mark.parametrize("trouble", [Trouble.LIMITED_SECONDS, Trouble.LIMITED_DATE], ids=str)
    def test_a_rate_limit_says_how_long_to_wait(self, case: TrackerCase, trouble: Trouble) -> None:
        case.trouble(trouble)
        with pytest.raises(RateLimited) as told:
            case.tracker.create(draft_of(case), fence=fence())
        assert told.value.wait is not None
        assert 0 < told.value.wait <= 10

    def test_a_4xx_is_refused_with_the_vendors_words(self, case: TrackerCase) -> None:
        draft = replace(draft_of(case), route=case.refused)
        with pytest.raises(Refused) as told:
            case.tracker.create(draft, fence=fence())
        assert told.value.fields or len(str(told.value)) > 40
        assert list(case.held()) == []

    def test_a_look_after_nothing_says_absent_and_how_it_knows(self, case: TrackerCase) -> None:
        draft = draft_of(case)
        case.tracker.create(draft_of(case, 1), fence=fence())
        watermark = case.tracker.watermark(draft, known=())
        absent = case.tracker.look(draft, watermark=watermark, attempted_at=datetime.now(UTC))
        assert isinstance(absent, Absent)
        assert absent.witness

    def test_a_look_gives_every_match_oldest_first(self, case: TrackerCase) -> None:
        draft, attempted_at = draft_of(case), datetime.now(UTC)
        watermark = case.tracker.watermark(draft, known=())
        refs = [case.tracker.create(draft, fence=fence()) for _ in range(2)]
        # Where the stamp is the ticket's own id, the second create is the first one again.
        expected = [ref.key for ref in dict.fromkeys(refs)]
        found = tickets_of(case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at))
        assert [ticket.ref.key for ticket in found] == expected

    def test_a_look_does_not_take_the_ticket_of_an_earlier_generation(self, case: TrackerCase) -> None:
        case.tracker.create(draft_of(case, generation=1), fence=fence())
        draft = draft_of(case, generation=2)
        watermark = case.tracker.watermark(draft, known=())
        assert isinstance(case.tracker.look(draft, watermark=watermark, attempted_at=datetime.now(UTC)), Absent)

    def test_a_look_finds_a_ticket_that_was_moved_meanwhile(self, case: TrackerCase) -> None:
        draft, attempted_at = draft_of(case), datetime.now(UTC)
        watermark = case.tracker.watermark(draft, known=())
        ref = case.tracker.create(draft, fence=fence())
        case.move(ref)
        found = tickets_of(case.tracker.look(draft, watermark=watermark, attempted_at=attempted_at))
        assert [ticket.ref.id for ticket in found] == [ref.id]
        assert [ticket.ref.key for ticket in found] == [each.key for each in case.held()]

    def test_a_comment_is_left_once_per_marker(self, case: TrackerCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        for marker in ("m-1", "m-1", "m-12", "m-2"):
            case.tracker.comment(ref, document("again"), marker=marker, fence=fence())
        assert [each.comments for each in case.held()] == [3]

    @pytest.mark.parametrize("trouble", AMBIGUOUS[:-1], ids=str)
    def test_a_comment_whose_answer_was_lost_is_not_left_again(self, case: TrackerCase, trouble: Trouble) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        case.trouble(trouble)
        with pytest.raises(Uncertain):
            case.tracker.comment(ref, document(), marker="m-1", fence=fence())
        case.tracker.comment(ref, document(), marker="m-1", fence=fence())
        assert [each.comments for each in case.held()] == [1]

    def test_a_ticket_moves_to_a_status_in_any_spelling_and_twice_does_no_harm(self, case: TrackerCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        for _ in range(2):
            assert case.tracker.transition(ref, status=case.open_status.upper(), fence=fence()) == case.open_status
        assert case.tracker.read([ref])[ref.id].status == case.open_status

    def test_a_status_that_does_not_exist_is_refused_by_name(self, case: TrackerCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        with pytest.raises(Refused, match="Nowhere"):
            case.tracker.transition(ref, status="Nowhere", fence=fence())

    def test_a_closed_ticket_is_done_since_a_moment_and_reopens(self, case: TrackerCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        before = datetime.now(UTC) - timedelta(seconds=5)
        for _ in range(2):
            case.tracker.close(ref, fence=fence())
        closed = case.tracker.read([ref])[ref.id]
        assert closed.state is TicketState.DONE
        assert closed.closed_at is not None
        assert closed.closed_at > before
        for _ in range(2):
            case.tracker.reopen(ref, status=case.open_status, fence=fence())
        opened = case.tracker.read([ref])[ref.id]
        assert (opened.state, opened.status, opened.closed_at) == (TicketState.OPEN, case.open_status, None)

    def test_reopening_without_a_status_leaves_the_done_ones(self, case: TrackerCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        case.tracker.close(ref, fence=fence())
        case.tracker.reopen(ref, status="", fence=fence())
        assert case.tracker.read([ref])[ref.id].state is TicketState.OPEN

    def test_a_ticket_closed_as_not_to_be_done_is_told_apart(self, case: TrackerCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        case.tracker.transition(ref, status=case.wont_do_status, fence=fence())
        assert case.tracker.read([ref])[ref.id].state is TicketState.WONT_DO

    def test_the_same_address_is_linked_once(self, case: TrackerCase) -> None:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        for title in ("MERCHANT-1", "MERCHANT-1 again"):
            case.tracker.link(ref, url=draft.link, title=title, fence=fence())
        assert [each.links for each in case.held()] == [1]

    def test_a_moved_ticket_is_read_with_its_new_ref(self, case: TrackerCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        case.move(ref)
        read = case.tracker.read([ref])[ref.id]
        assert (read.ref.id, read.state) == (ref.id, TicketState.OPEN)
        assert read.ref.key == next(each.key for each in case.held())

    def test_a_moved_ticket_is_found_by_a_search(self, case: TrackerCase) -> None:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        case.move(ref)
        found = until(lambda: case.tracker.search(stamp=draft.stamp, link=draft.link))
        assert [ticket.ref.key for ticket in found] == [each.key for each in case.held()]

    def test_a_deleted_ticket_is_gone_and_its_neighbour_is_not(self, case: TrackerCase) -> None:
        refs = [case.tracker.create(draft_of(case, number), fence=fence()) for number in (1, 2)]
        case.delete(refs[0])
        read = case.tracker.read(refs)
        assert [read[ref.id].state for ref in refs] == [TicketState.GONE, TicketState.OPEN]

    def test_reading_no_ticket_asks_nothing(self, case: TrackerCase) -> None:
        assert dict(case.tracker.read([])) == {}

    def test_the_audit_sees_every_ticket_of_ours(self, case: TrackerCase) -> None:
        since = datetime.now(UTC)
        drafts = [draft_of(case, number) for number in range(1, 5)]
        for each in drafts:
            case.tracker.create(each, fence=fence())
        wanted = {each.stamp for each in drafts}
        until(lambda: wanted <= {ticket.stamp for ticket in case.tracker.stamped(since=since)})
        found = list(case.tracker.stamped(since=since))
        assert len(found) == len(drafts)
        assert {ticket.stamp for ticket in found} == wanted

    def test_of_the_tickets_asked_for_those_that_changed_are_named_as_they_are(self, case: TrackerCase) -> None:
        since = datetime.now(UTC) - timedelta(seconds=2)
        refs = [case.tracker.create(draft_of(case, number), fence=fence()) for number in (1, 2, 3)]
        case.tracker.close(refs[0], fence=fence())

        def closed() -> bool:
            found = case.tracker.changed(refs[:2], since=since)
            assert found.keys() <= {ref.id for ref in refs[:2]}
            return refs[0].id in found and found[refs[0].id].state is TicketState.DONE

        until(closed, saying="the closed ticket in the list of changes")

    def test_a_ticket_that_was_moved_has_changed_or_is_left_to_reading_by_key(self, case: TrackerCase) -> None:
        since = datetime.now(UTC) - timedelta(seconds=2)
        ref = case.tracker.create(draft_of(case), fence=fence())
        case.move(ref)
        (held,) = case.held()
        assert {each.ref.key for each in case.tracker.changed([ref], since=since).values()} <= {held.key}
        assert case.tracker.reads_at_once > 0

    def test_of_no_ticket_none_has_changed(self, case: TrackerCase) -> None:
        assert dict(case.tracker.changed([], since=datetime.now(UTC))) == {}

    @pytest.mark.parametrize(
        ("trouble", "kind"), [(Trouble.DOWN, Unavailable), (Trouble.LOGIN_PAGE, Unauthorised)], ids=str
    )
    def test_a_list_of_changes_that_fails_is_never_taken_for_an_empty_one(
        self, case: TrackerCase, trouble: Trouble, kind: type[VedetteError]
    ) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        case.reading_trouble(trouble)
        with pytest.raises(kind):
            case.tracker.changed([ref], since=datetime.now(UTC))

    @pytest.mark.parametrize(
        ("trouble", "kind"),
        [
            (Trouble.LIMITED_SECONDS, RateLimited),
            (Trouble.DOWN, Unavailable),
            (Trouble.BROKEN, Unavailable),
            (Trouble.STRANGER, Unauthorised),
            (Trouble.LOGIN_PAGE, Unauthorised),
        ],
        ids=str,
    )
    def test_a_failed_read_is_never_taken_for_absence(
        self, case: TrackerCase, trouble: Trouble, kind: type[VedetteError]
    ) -> None:
        draft = draft_of(case)
        watermark = case.tracker.watermark(draft, known=())
        case.reading_trouble(trouble)
        with pytest.raises(kind) as told:
            case.tracker.look(draft, watermark=watermark, attempted_at=datetime.now(UTC))
        assert not isinstance(told.value, Uncertain)

    def test_a_fence_already_spent_sends_nothing(self, case: TrackerCase) -> None:
        draft = draft_of(case)
        ref = case.tracker.create(draft, fence=fence())
        before = list(case.held())
        for name, call in calls(case, draft_of(case, 99), ref):
            with pytest.raises(LeaseSpent):
                call(Fence.after(0))
            assert list(case.held()) == before, name

    def test_no_secret_and_no_query_stand_in_any_message(self, case: TrackerCase) -> None:
        said = [repr(case.tracker)]
        for trouble in Trouble:
            case.trouble(trouble)
            with pytest.raises(VedetteError) as told:
                case.tracker.create(draft_of(case), fence=fence())
            said += [str(told.value), repr(told.value), repr(getattr(told.value, "fields", ""))]
        draft = draft_of(case)
        watermark = case.tracker.watermark(draft, known=())
        for trouble in (Trouble.DOWN, Trouble.STRANGER, Trouble.LOGIN_PAGE):
            case.reading_trouble(trouble)
            with pytest.raises(VedetteError) as told:
                case.tracker.look(draft, watermark=watermark, attempted_at=datetime.now(UTC))
            said.append(str(told.value))
        assert len(said) > 30
        for text in said:
            assert "?" not in text.replace("(a login page?)", "")
            assert not any(secret in text for secret in case.secrets), text

    def test_a_live_check_passes_what_exists_and_names_what_does_not(self, case: TrackerCase) -> None:
        right = list(case.tracker.check([("vedette.yaml:7:3", case.route)]))
        assert right
        assert [finding for finding in right if not finding.ok] == []
        assert any("vedette.yaml:7:3" in finding.subject for finding in right)
        wrong = replace(case.route, project=f"{case.route.project}X")
        found = [finding for finding in case.tracker.check([("vedette.yaml:9:3", wrong)]) if not finding.ok]
        assert found
        assert all("vedette.yaml:9:3" in finding.subject and finding.cure for finding in found)
