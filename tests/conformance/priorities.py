"""The conformance suite of priorities: what `ports.roles.Tracker` promises of them, where a tracker keeps any."""

from typing import Protocol

import pytest

from tests.conformance.trackers import AMBIGUOUS, TrackerCase, Trouble, draft_of, fence
from vedette.errors import Refused, Uncertain
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence, LeaseSpent


class PriorityCase(TrackerCase, Protocol):
    """A vendor whose route names a priority that is not the highest."""

    def prioritise(self, ref: TicketRef, priority: str) -> None:
        """Give a ticket that priority, as a person would."""
        ...

    def priority_of(self, ref: TicketRef) -> str:
        """The priority that the vendor really holds, read behind the tracker's back."""
        ...


class PriorityConformance:
    """One test a promise. A subclass gives the fixture `case`."""

    def test_a_new_ticket_is_read_with_the_priority_of_its_route(self, case: PriorityCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        assert case.tracker.read([ref])[ref.id].priority == case.route.priority

    def test_a_priority_is_one_of_the_scale_and_setting_it_twice_does_no_harm(self, case: PriorityCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        scale = list(case.tracker.priorities(ref))
        assert case.route.priority in scale[:-1]
        for _ in range(2):
            case.tracker.prioritise(ref, priority=scale[-1], fence=fence())
        assert case.priority_of(ref) == scale[-1]
        assert case.tracker.read([ref])[ref.id].priority == scale[-1]

    def test_a_scale_runs_from_the_lowest_to_the_highest(self, case: PriorityCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        scale = list(case.tracker.priorities(ref))
        assert scale.index("Low") < scale.index("Medium") < scale.index("High")

    def test_a_priority_that_a_person_gave_is_read(self, case: PriorityCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        case.prioritise(ref, "Low")
        assert case.tracker.read([ref])[ref.id].priority == "Low"

    def test_a_priority_that_does_not_exist_is_refused(self, case: PriorityCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        with pytest.raises(Refused):
            case.tracker.prioritise(ref, priority="Dire", fence=fence())
        assert case.priority_of(ref) == case.route.priority

    @pytest.mark.parametrize("trouble", AMBIGUOUS[:-1], ids=str)
    def test_a_priority_whose_answer_was_lost_is_uncertain_and_set(self, case: PriorityCase, trouble: Trouble) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        highest = list(case.tracker.priorities(ref))[-1]
        case.trouble(trouble)
        with pytest.raises(Uncertain):
            case.tracker.prioritise(ref, priority=highest, fence=fence())
        assert case.tracker.read([ref])[ref.id].priority == highest

    def test_a_fence_already_spent_changes_no_priority(self, case: PriorityCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        highest = list(case.tracker.priorities(ref))[-1]
        with pytest.raises(LeaseSpent):
            case.tracker.prioritise(ref, priority=highest, fence=Fence.after(0))
        assert case.priority_of(ref) == case.route.priority


class WithoutPriorities:
    """A tracker that keeps none says so, and changes nothing."""

    def test_it_keeps_no_priorities_and_says_so(self, case: TrackerCase) -> None:
        ref = case.tracker.create(draft_of(case), fence=fence())
        assert list(case.tracker.priorities(ref)) == []
        with pytest.raises(Refused, match="no priorities"):
            case.tracker.prioritise(ref, priority="High", fence=fence())
        assert case.tracker.read([ref])[ref.id].priority == ""
