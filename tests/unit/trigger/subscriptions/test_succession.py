"""Which subscription is in force and which waits, in any order of statements: compared with a slow
reference that knows the whole history.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.accounts import Next, Subscription, Terms
from services.trigger.subscriptions import succession
from tests.support.catalogs import catalog
from tests.support.strategies import examples

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOBODY = Terms("UTC", None, {})
GLOBAL = catalog("global")


def sold(
    plan: str = "starter",
    *,
    start: float = 0,
    said: float = 0,
    ends: float | None = None,
    **more: object,
) -> Subscription:
    """Days count from noon of the first."""
    end = None if ends is None else NOON + DAY * ends
    return replace(
        Subscription(plan, 1, NOON + DAY * start, changed_at=NOON + DAY * said, ended_at=end),
        **more,  # type: ignore[arg-type]
    )


def at(day: float) -> datetime:
    return NOON + DAY * day


def test_what_starts_later_waits_and_what_holds_stays() -> None:
    held = succession.stated(NOBODY, sold("starter"), at(0))
    waiting = succession.stated(held, sold("pro", start=3, said=1), at(1))
    assert (waiting.subscription, waiting.next) == (
        sold("starter"),
        Next(sold("pro", start=3, said=1), at(3)),
    )
    assert waiting.as_of(at(2.999)) is waiting
    assert waiting.as_of(at(3)) == Terms("UTC", sold("pro", start=3, said=1), {})


def test_without_a_subscription_nothing_holds_until_it_starts() -> None:
    waiting = succession.stated(NOBODY, sold("pro", start=3), at(0))
    assert waiting.running(at(2)) is None
    assert waiting.as_of(at(3)).running(at(3)) == sold("pro", start=3)


def test_another_that_starts_later_replaces_what_waits() -> None:
    waiting = succession.stated(NOBODY, sold("pro", start=3), at(0))
    assert succession.stated(waiting, sold("starter", start=5, said=1), at(1)).next == Next(
        sold("starter", start=5, said=1), at(5)
    )


def test_the_same_said_again_changes_nothing() -> None:
    held = succession.stated(NOBODY, sold("starter"), at(0))
    waiting = succession.stated(held, sold("pro", start=3, said=1), at(1))
    assert succession.stated(waiting, sold("pro", start=3, said=2), at(2)) is waiting
    assert succession.stated(waiting, sold("starter", said=2), at(2)) is waiting


def test_a_change_of_what_holds_leaves_what_waits() -> None:
    held = succession.stated(NOBODY, sold("starter"), at(0))
    waiting = succession.stated(held, sold("pro", start=3, said=1), at(1))
    more = succession.stated(waiting, sold("starter", said=2, quantity=5), at(2))
    assert (more.subscription, more.next) == (sold("starter", said=2, quantity=5), waiting.next)


def test_what_waits_may_be_brought_forward() -> None:
    """The same one, starting now: otherwise it would start a second time."""
    held = succession.stated(NOBODY, sold("starter"), at(0))
    waiting = succession.stated(held, sold("pro", start=3, said=1, quantity=2), at(1))
    assert succession.stated(waiting, sold("pro", start=2, said=2, quantity=2), at(2)).next is None
    assert (
        succession.stated(waiting, sold("pro", start=2, said=2, quantity=3), at(2)).next
        == waiting.next
    )


LATE = [
    ("a change of what waits that was said before", sold("starter", start=4, said=0.5), False),
    ("a change of what waits that was said after", sold("starter", start=4, said=1.5), True),
    ("what was to start and has", sold("starter", start=1.5, said=0.2), True),
    ("what held before", sold("starter", start=0, said=0.5), False),
]


@pytest.mark.parametrize(
    ("wanted", "changes"), [case[1:] for case in LATE], ids=[case[0] for case in LATE]
)
def test_a_statement_that_comes_late(wanted: Subscription, changes: bool) -> None:
    held = succession.stated(NOBODY, sold("starter", said=1, quantity=2), at(1))
    waiting = succession.stated(held, sold("pro", start=3, said=1), at(1))
    assert (succession.stated(waiting, wanted, at(2)) != waiting) == changes


def test_a_plan_that_has_started_is_newer_than_what_was_said_between_its_order_and_its_start() -> (
    None
):
    """In order: pro ordered on day 0 for day 3; on day 2 more seats; pro from day 3.

    The seats arrive on day 4.
    """
    begun = succession.stated(NOBODY, sold("pro", start=3, said=0), at(0)).as_of(at(4))
    assert succession.stated(begun, sold("starter", said=2, quantity=9), at(4)) is begun
    assert succession.stated(begun, sold("starter", said=3.5), at(4)) != begun


def test_one_that_an_older_version_took_for_running_before_its_day_can_be_changed() -> None:
    early = replace(NOBODY, subscription=sold("pro", start=30, said=0))
    assert succession.stated(early, sold("starter", said=1), at(1)).subscription == sold(
        "starter", said=1
    )


# at, leaves -> the current one ends on day, the waiting one (from day 3) ends on day
# (None: never; "gone")
ENDS = [
    (2.0, False, 2.0, None),
    (3.0, False, 3.0, None),
    (5.0, False, 5.0, 5.0),
    (1.0, True, 1.0, "gone"),
]


@pytest.mark.parametrize(("end", "leaves", "present", "waiting"), ENDS)
def test_what_ends(end: float, leaves: bool, present: float, waiting: object) -> None:
    held = succession.stated(NOBODY, sold("starter"), at(0))
    both = succession.stated(held, sold("pro", start=3, said=1), at(1))
    ended = succession.ended(both, at(end), at(1), at(1), leaves=leaves)
    assert ended.subscription is not None
    assert ended.subscription.ended_at == at(present)
    if waiting == "gone":
        assert ended.next is None
    else:
        assert ended.next is not None
        assert ended.next.subscription.ended_at == (
            at(waiting) if isinstance(waiting, float) else None
        )


def test_leaving_twice_is_leaving_once() -> None:
    both = succession.stated(
        succession.stated(NOBODY, sold(), at(0)), sold("pro", start=3, said=1), at(1)
    )
    left = succession.ended(both, at(2), at(2), at(2), leaves=True)
    assert left.next is None
    assert succession.ended(left, at(2.1), at(2.1), at(2.1), leaves=True) == left


def test_an_end_that_was_said_before_it_started_is_of_the_one_before() -> None:
    begun = succession.stated(NOBODY, sold("pro", start=3, said=0), at(0)).as_of(at(4))
    assert succession.ended(begun, at(2), at(2), at(4), leaves=False) == begun
    assert succession.ended(begun, at(2), at(2), at(4), leaves=True) != begun


def test_what_waits_is_taken_back_alone() -> None:
    both = succession.stated(
        succession.stated(NOBODY, sold(), at(0)), sold("pro", start=3, said=1), at(1)
    )
    assert succession.taken_back(both, at(0.5)) is both, "said before it was ordered"
    assert succession.taken_back(both, at(2)) == replace(both, next=None)


def changing() -> Terms:
    """On Pro with extra seats, and agreed to move down to Starter on day 10."""
    held = succession.stated(
        NOBODY, sold("pro", quantity=2, add_ons={"seats": 3}, price=None), at(0)
    )
    return succession.agreed(held, "starter", 1, GLOBAL, at(10), at(1))


def test_a_change_that_was_agreed_on_is_the_same_subscription_on_another_plan() -> None:
    waiting = changing().next
    assert waiting is not None
    assert (waiting.begins_at, waiting.in_place_of) == (at(10), "pro")
    assert (
        waiting.subscription.plan,
        waiting.subscription.started_at,
        waiting.subscription.quantity,
    ) == ("starter", at(0), 2)
    begun = changing().as_of(at(10)).subscription
    assert begun is not None
    assert begun.changed_at == at(10)


def test_it_takes_over_what_changes_until_then() -> None:
    more = succession.stated(changing(), sold("pro", said=2, quantity=7), at(2), GLOBAL)
    assert more.next is not None
    assert (more.next.subscription.quantity, more.next.begins_at) == (7, at(10))


def test_it_goes_where_another_plan_comes_or_where_they_leave_before() -> None:
    assert succession.stated(changing(), sold("enterprise", said=2), at(2), GLOBAL).next is None
    assert succession.ended(changing(), at(5), at(2), at(2), leaves=False).next is None
    assert succession.ended(changing(), at(2), at(2), at(2), leaves=True).next is None
    later = succession.ended(changing(), at(20), at(2), at(2), leaves=False).next
    assert later is not None
    assert later.subscription.ended_at == at(20)


def test_it_is_not_agreed_on_after_the_end() -> None:
    ending = succession.ended(
        succession.stated(NOBODY, sold("pro"), at(0)), at(5), at(1), at(1), leaves=False
    )
    assert succession.agreed(ending, "starter", 1, GLOBAL, at(10), at(1)) is ending


# ---- compared with a reference


@dataclass(frozen=True)
class Order:
    plan: str
    start: int


@dataclass(frozen=True)
class End:
    at: int | None


@dataclass(frozen=True)
class TakeBack:
    pass


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(
            st.builds(Order, st.sampled_from(["starter", "pro"]), st.integers(-3, 6)),
            st.builds(End, st.one_of(st.none(), st.integers(-2, 6))),
            st.just(TakeBack()),
        ),
    ),
    max_size=12,
)


def reference(
    history: list[tuple[int, Order | End | TakeBack]], day: int
) -> tuple[str | None, str | None]:
    """(plan in force, waiting plan) on a day, by playing every day from the first; a day begins
    with its ends and starts.
    """
    holds: list[object] | None = None
    waits: list[object] | None = None
    last = max([day, *(said for said, _ in history)])
    for today in range(last + 1):
        if holds is not None and isinstance(holds[1], int) and holds[1] <= today:
            holds = None
        if waits is not None and waits[1] == today:
            holds, waits = [waits[0], waits[2], waits[1]], None
        for said, step in history:
            if said != today:
                continue
            match step:
                case Order(plan, start) if start > 0:
                    waits = [plan, today + start, None]
                case Order(plan, start):
                    ordered: list[object] = [plan, None, today + start]
                    if waits is not None and waits[0] == plan and holds != ordered:
                        waits = None
                    holds = ordered
                case End(None):
                    holds, waits = None, None
                case End(int(offset)):
                    end = today + offset
                    if holds is not None:
                        holds = None if offset <= 0 else [holds[0], end, holds[2]]
                    if waits is not None and isinstance(waits[1], int) and end > waits[1]:
                        waits[2] = end
                case TakeBack():
                    waits = None
        if today == day:
            break
    return (None if holds is None else str(holds[0])), (None if waits is None else str(waits[0]))


@given(STEPS, st.sets(st.integers(0, 40)), st.integers(0, 40))
@examples(150)
def test_any_history_leads_where_a_reference_leads(
    steps: list[tuple[int, Order | End | TakeBack]], written: set[int], later: int
) -> None:
    """`written`: days on which the timer recorded starts; on others the moment decides."""
    history, day = [], 0
    for days, step in steps:
        day += days
        history.append((day, step))
    terms = NOBODY
    for number, (today, step) in enumerate(history):
        moment = at(today) + timedelta(seconds=number)
        terms = terms.as_of(moment)
        match step:
            case Order(plan, start):
                wanted = Subscription(plan, 1, at(today + start), changed_at=moment)
                terms = succession.stated(terms, wanted, moment)
            case End(offset):
                end = moment if offset is None else at(today + offset)
                terms = succession.ended(terms, end, moment, moment, leaves=offset is None)
            case TakeBack():
                terms = succession.taken_back(terms, moment)
        if today in written:
            terms = terms.as_of(moment)
        assert found(terms, moment) == reference(history[: number + 1], today)
    assert found(terms, at(day + later) + DAY / 2) == reference(history, day + later)


def found(terms: Terms, moment: datetime) -> tuple[str | None, str | None]:
    now = terms.as_of(moment)
    running = now.running(moment)
    return (running.plan if running else None), (now.next.subscription.plan if now.next else None)
