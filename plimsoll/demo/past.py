"""What happened before the demo's first morning: two months of customers who were offered more, and
five deals. Pure data.

Without it, reports and the pipeline would be empty. Stages are days before now; each is played at
its own time, by the same requests as everything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from plimsoll.demo.deal import ACTS, Act, Entry
from plimsoll.demo.world import FEATURED, GB, Fact, Flow, Resident

STAGES = (56, 42, 28, 12)
"""Days before the first visit: the offers, the first answers, the later ones, what goes on."""
_HOMES = {
    "en": ("starter", "en-US", "US", "America/Chicago"),
    "ja": ("case_basic", "ja-JP", "JP", "Asia/Tokyo"),
}


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who could buy more themselves. `answers`: stage -> what they do then."""

    id: str
    name: str
    language: str
    nps: int
    later: int
    answers: tuple[tuple[int, str], ...] = ()

    def resident(self) -> Resident:
        plan, locale, country, time_zone = _HOMES[self.language]
        return Resident(
            self.id,
            self.name,
            "",
            {"en": "", "ja": ""},
            plan,
            locale,
            country,
            time_zone,
            420,
            {"storage": Flow(int(9.3 * GB), 0, 10 * GB)},
            "storage",
            facts=(*_logins(22), Fact(9, "nps.responded", {"score": self.nps, "contact": "owner"})),
            featured=False,
        )


@dataclass(frozen=True, slots=True)
class Deal:
    """People at work on a larger deal. `acts`: stage -> those of `deal.ACTS` that are played then;
    `said`: stage -> what else was written down then, by the CSM.
    """

    id: str
    name: str
    quantity: int
    acts: tuple[tuple[int, tuple[int, ...]], ...]
    said: tuple[tuple[int, tuple[Entry, ...]], ...] = ()

    def resident(self) -> Resident:
        maruta = next(one for one in FEATURED if one.key == "maruta")
        return replace(
            maruta,
            id=self.id,
            name=self.name,
            product="",
            quantity=self.quantity,
            flows={"api_calls": Flow(31_000, 0, 60_000)},
            featured=False,
        )

    def played(self, stage: int) -> Iterator[Act]:
        for when, numbers in self.acts:
            if when == stage:
                yield from (ACTS[number] for number in numbers)

    def written(self, stage: int) -> Iterator[Entry]:
        for when, entries in self.said:
            if when == stage:
                yield from entries


def _logins(days: int) -> tuple[Fact, ...]:
    return tuple(Fact(day + 0.4, "login.recorded", {"user": "owner"}) for day in range(days))


CUSTOMERS = (
    Customer("amber-tea", "Amber Tea", "en", 9, 9, ((1, "buys"),)),
    Customer("birch-radio", "Birch Radio", "en", 8, 9, ((1, "buys"),)),
    Customer("coral-swim", "Coral Swim School", "en", 9, 10, ((2, "buys"),)),
    Customer("dune-maps", "Dune Maps", "en", 8, 7, ((1, "declines"), (2, "complains"))),
    Customer("ember-grill", "Ember Grill", "en", 9, 9),
    Customer("hotaru-lights", "ほたる照明", "ja", 9, 10, ((1, "buys"),)),
    Customer("ibuki-sports", "いぶきスポーツ", "ja", 8, 8, ((2, "buys"),)),
    Customer("kawase-fishing", "かわせ釣具", "ja", 9, 8, ((2, "declines"),)),
    Customer("mizuho-seeds", "みずほ種苗", "ja", 8, 9),
)
_DISCOVERY, _SHOWN, _APPROVAL, _STEP = (0, 1, 2, 3), (4,), (5,), (6,)
_HANDED, _ACCEPTED, _PROPOSED, _AGREED, _BOUGHT = (7,), (8,), (9,), (10,), (11,)
DEALS = (
    Deal(
        "hayate",
        "Hayate Freight",
        4,
        (
            (0, _DISCOVERY),
            (1, (*_SHOWN, *_APPROVAL, *_STEP, *_HANDED, *_ACCEPTED, *_PROPOSED, *_AGREED)),
            (2, _BOUGHT),
        ),
    ),
    Deal(
        "otter",
        "Otter Analytics",
        2,
        ((0, _DISCOVERY), (1, _SHOWN)),
        (
            (1, ({"type": "objection", "objection": "too_expensive"},)),
            (
                2,
                (
                    {
                        "type": "move",
                        "to": "closed_lost",
                        "reason": "price",
                        "text": "They keep what they have for another year.",
                    },
                ),
            ),
        ),
    ),
    Deal(
        "lantern",
        "Lantern Press",
        1,
        ((1, (*_DISCOVERY, *_SHOWN)), (3, _BOUGHT)),
        (
            (
                2,
                (
                    {"type": "objection", "objection": "unsure_need"},
                    {"type": "outcome", "objection": "OBJECTION", "result": "resolved"},
                ),
            ),
        ),
    ),
    Deal("pine", "Pine Valley Clinics", 2, ((0, (*_DISCOVERY, *_SHOWN)), (2, _BOUGHT))),
    Deal("sumire", "Sumire Labs", 2, ((3, _DISCOVERY),)),
    Deal("brook", "Brook Studios", 3, ((2, _DISCOVERY), (3, (*_SHOWN, *_APPROVAL, *_STEP)))),
    Deal(
        "cobalt",
        "Cobalt Systems",
        6,
        (
            (2, (*_DISCOVERY, *_SHOWN, *_APPROVAL)),
            (3, (*_STEP, *_HANDED, *_ACCEPTED, *_PROPOSED, *_AGREED)),
        ),
    ),
)
PAST = frozenset(one.id for one in (*CUSTOMERS, *DEALS))
"""Whose alerts are no news to the visitor."""
