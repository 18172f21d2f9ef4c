"""Random accounts with everything that decides about a proposal: plans of four catalogues, facts,
proposals, moves, meters, people.

Most values are left at their usual ones, so that sales and each reason against them occur often
(`test_the_worlds_are_wide`).
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from services.trigger.accounts import Person
from services.trigger.judgement.case import Case, Crossing
from services.trigger.judgement.facts.facts import Move, Sent, Signal
from services.trigger.judgement.findings import signals
from shared.catalog import Catalog, Threshold, catalog_document
from shared.values.roles import BUYERS
from tests.support.catalogs import catalog, parsed
from tests.support.stories import NOW, Story, account, contact, opportunity
from tests.unit.trigger.judgement.told import FACTS, GOOD_NEWS, Told, tell


def _with_add_on(name: str) -> Catalog:
    """More of everything is sold with the plan, so that the step may not be the cheapest."""
    entries = catalog_document(catalog(name))
    plans = [entry["id"] for entry in entries["plans"]]
    entries["add_ons"] = [
        {
            "id": "packs",
            "plans": plans,
            "price": {"month": 20},
            "limits": {"seats": 5, "storage": "20 GB", "api_calls": "50K"},
        }
    ]
    return parsed(entries)


CATALOGS = {
    "global": catalog("global"),
    "jp": catalog("jp"),
    "case": catalog("case"),
    "packs": _with_add_on("global"),
}
PLANS = st.sampled_from(
    [(name, plan) for name, found in CATALOGS.items() for plan in found.plans]
    + [("global", "pro"), ("global", "pro"), ("packs", "pro"), ("packs", "starter")] * 3
    + [("packs", "pro"), ("packs", "starter")] * 6
)
"""Only two catalogues have a plan that a person sells, so it is drawn more often; and the one
with an add-on most often, since most of its accounts need more than room.
"""

LEVELS = st.sampled_from([80, 90, 95, 100])


@dataclass(frozen=True)
class World:
    """A story and what happens in it; `facts` are those stated, in order."""

    story: Story
    facts: tuple[Told, ...]
    crossing: tuple[str, int] | None
    raised: tuple[str, ...]

    @property
    def case(self) -> Case:
        """The input of judgement."""
        found = [
            Signal(name, self.story.now, key)
            for name, _, key in (name.partition(":") for name in self.raised)
        ]
        if self.crossing is None:
            return self.story.case("schedule", *found)
        meter, level = self.crossing
        usage = self.story.facts.usage[meter]
        crossing = Crossing(
            meter, Threshold(level), usage.used, usage.limit, usage.percent, alert="a1"
        )
        raised = signals.of_crossing(crossing, usage, self.story.catalog.policy, self.story.now)
        return self.story.case("usage.threshold", *raised, *found, crossing=crossing)


def _ago(most_days: int) -> st.SearchStrategy[Any]:
    return st.integers(0, most_days * 24).map(lambda hours: NOW - timedelta(hours=hours))


def mostly(usual: Any, other: st.SearchStrategy[Any], parts: int = 4) -> st.SearchStrategy[Any]:
    """`usual`, and once in `parts` something else."""
    return st.integers(1, parts).flatmap(lambda drawn: other if drawn == parts else st.just(usual))


SENT = st.builds(
    lambda at, meter, level: Sent(at, "next", "usage_limit", meter, Decimal(level)),
    _ago(40),
    st.sampled_from(["storage", "seats"]),
    st.sampled_from([80, 90, 95]),
)
PEOPLE = st.lists(st.sampled_from([*sorted(BUYERS), "member"]), max_size=3).map(
    lambda roles: tuple(contact(f"c{n}", role) for n, role in enumerate(roles, 1))
)
A_NO: st.SearchStrategy[list[Told]] = st.one_of(
    st.builds(
        lambda at: [
            (
                "evidence.recorded",
                at,
                {
                    "criterion": "satisfaction",
                    "kind": "interview",
                    "verdict": "no",
                    "text": "said so",
                },
            )
        ],
        _ago(60),
    ),
    st.builds(lambda at: [("proposal.answered", at, {"answer": "declined"})], _ago(80)),
    st.builds(lambda at: [("cancel.intent", at, {})], _ago(100)),
    st.builds(lambda at: [("contact.unsubscribed", at, {"contact": "c1"})], _ago(100)),
)
SIGNALS = [
    "nps_high",
    "renewal",
    "team_growth",
    "compliance_need:SOC2",
    "feature_requested:sso",
    "better_support",
    "cancel_intent",
]
NEEDS = {
    "need.stated",
    "feature.requested",
    "ticket.opened",
    "ticket.classified",
    "compliance.need",
}
"""Facts that may lead to a need for something other than room."""


@st.composite
def worlds(draw: st.DrawFn) -> World:
    name, plan = draw(PLANS)
    found = CATALOGS[name]
    if draw(mostly(False, st.just(True), 12)):
        holdout = replace(found.policy.holdout, percent=Decimal(100))
        found = replace(found, policy=replace(found.policy, holdout=holdout))
    story = account(
        found,
        plan,
        since=(NOW - timedelta(days=draw(mostly(400, st.integers(0, 60), 6)))).date().isoformat(),
        quantity=draw(st.integers(1, 6)),
        interval=draw(st.sampled_from(["month", "year"])),
        contacts=draw(mostly((contact("c1", "owner"), contact("c2", "member")), PEOPLE)),
        csm=draw(
            st.sampled_from([None, Person("u7", "Kato"), Person("u8", "Abe", sales_trained=False)])
        ),
        country=draw(st.sampled_from(["JP", "JP", "US", "GB", "DE", None])),
    )
    only_room = name == "packs" and draw(mostly(True, st.just(False), 4))
    story, facts = _lived(draw, story, NEEDS if only_room else set())
    return _happens(draw, story, facts, SIGNALS[:3] if only_room else SIGNALS)


def _lived(draw: st.DrawFn, story: Story, without: set[str]) -> tuple[Story, tuple[Told, ...]]:
    drawn = [*draw(GOOD_NEWS), *draw(mostly([], FACTS, 2)), *draw(mostly([], A_NO, 4))]
    facts = [one for one in drawn if one[0] not in without]
    story = tell(story, facts)
    for meter in story.catalog.meters:
        used = draw(st.none() | st.integers(0, 130))
        if used is not None:
            limit = story.limit(meter) or Decimal(10**12)
            hot = {
                "hot_days": draw(st.integers(0, 4)),
                "last_percent": draw(st.none() | st.integers(0, 120)),
            }
            trend = {"trend": draw(st.none() | st.integers(-60, 60).map(Decimal))}
            story = story.used(
                meter,
                limit * used / 100,
                projected=limit * draw(st.integers(used, 400)) / 100,
                **hot,
                **trend,
            )
    sent = tuple(draw(mostly([], st.lists(SENT, min_size=1, max_size=3))))
    moved = draw(mostly(None, st.tuples(_ago(250), st.sampled_from(["upgrade", "downgrade"])), 3))
    plan = story.facts.subscription.plan  # type: ignore[union-attr]
    moves = () if moved is None else (Move(moved[0], "before", plan, moved[1]),)
    following = story.catalog.next_plan(plan)
    open_one = draw(
        mostly((), st.just((opportunity(following.id, "renewal"),) if following else ()))
    )
    paused = draw(mostly(frozenset(), st.just(frozenset({"nps_high", "usage_limit"})), 10))
    return story.having(sent=sent, moves=moves, opportunities=open_one, paused_plays=paused), tuple(
        facts
    )


def _happens(draw: st.DrawFn, story: Story, facts: tuple[Told, ...], signals_: list[str]) -> World:
    raised = tuple(draw(st.lists(st.sampled_from(signals_), max_size=2, unique=True)))
    if draw(st.integers(1, 4)) == 1:
        return World(story, facts, None, raised)
    meter, level = draw(st.sampled_from(list(story.catalog.meters))), draw(LEVELS)
    limit = story.limit(meter) or Decimal(10**12)
    known = story.facts.usage.get(meter)
    more = (
        {}
        if known is None
        else {"hot_days": known.hot_days, "trend": known.trend, "projected": known.projected}
    )
    return World(story.used(meter, limit * level / 100, **more), facts, (meter, level), raised)
