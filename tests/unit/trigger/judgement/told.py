"""Random facts that an account may send, all valid."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.support.stories import NOW, Story

FEATURES = st.sampled_from(
    ["core", "sso", "webhooks", "compliance_certs", "advanced_analytics", "french_phone_support"]
)
CONTACTS = st.sampled_from(["c1", "c2"])
TICKETS = st.sampled_from([f"t{n}" for n in range(6)])
CLASSES = st.sampled_from(
    [
        "feature_expansion",
        "how_to_utilise",
        "feature_unavailable",
        "bug",
        "complaint",
        "cancel",
        "support_speed",
    ]
)
SEVERITIES = st.sampled_from(["low", "normal", "high", "urgent"])

Told = tuple[str, datetime, dict[str, Any]]


def _fact(type_: str, **data: st.SearchStrategy[Any]) -> st.SearchStrategy[Told]:
    ago = st.integers(0, 100 * 24).map(lambda hours: NOW - timedelta(hours=hours))
    return st.tuples(st.just(type_), ago, st.fixed_dictionaries(data))


FACTS: st.SearchStrategy[list[Told]] = st.lists(
    st.one_of(
        _fact("login.recorded", user=CONTACTS),
        _fact("feature.used", feature=FEATURES),
        _fact("feature.gated", feature=FEATURES),
        _fact("feature.requested", feature=FEATURES),
        _fact("ticket.opened", ticket=TICKETS, class_=CLASSES, severity=SEVERITIES),
        _fact("ticket.classified", ticket=TICKETS, class_=CLASSES),
        _fact("ticket.closed", ticket=TICKETS),
        _fact("nps.responded", score=st.integers(0, 10), contact=CONTACTS),
        _fact("csat.responded", score=st.integers(1, 5), contact=CONTACTS),
        _fact("team.growth", count=st.integers(1, 20)),
        _fact("compliance.need", framework=st.sampled_from(["SOC2", "ISO 27001"])),
        _fact("budget.stated", status=st.sampled_from(["yes", "no"]), said_by=CONTACTS),
        _fact("cancel.intent"),
        _fact("contract.signed", plan=st.just("pro")),
        _fact("contact.unsubscribed", contact=CONTACTS),
        _fact("need.stated", feature=FEATURES),
        _fact("proposal.answered", answer=st.sampled_from(["accepted", "declined"])),
        _fact(
            "evidence.recorded",
            criterion=st.sampled_from(
                ["satisfaction", "wall", "profile", "budget", "roi_articulated"]
            ),
            kind=st.sampled_from(["interview", "goals", "integrations"]),
            verdict=st.sampled_from(["yes", "no"]),
            text=st.just("said so"),
        ),
    ),
    max_size=14,
)


VALUE = _fact(
    "value.stated",
    members=st.integers(1, 9),
    hours=st.decimals("0.5", "12", places=1),
    hours_basis=st.sampled_from(["per_person", "team_total"]),
    hours_period=st.sampled_from(["week", "month"]),
    hourly_rate=st.decimals("1", "6000", places=2),
    currency=st.sampled_from(["USD", "JPY"]),
    automation_rate=st.decimals("0.1", "1", places=1),
    source=st.sampled_from(["customer_stated", "measured", "assumed"]),
)

PRO_FEATURES = [
    "core",
    "advanced_features",
    "standard_security",
    "sso",
    "audit_log",
    "data_retention",
    "prebuilt_integrations",
]
SPEAKS_OF = [
    ("satisfaction", "goals"),
    ("satisfaction", "interview"),
    ("profile", "active_users"),
    ("profile", "advanced_use"),
    ("profile", "integrations"),
    ("profile", "interview"),
    ("wall", "interview"),
    ("budget", "funding_news"),
    ("budget", "interview"),
    ("roi_articulated", "interview"),
]


def _proof(about: tuple[str, str]) -> st.SearchStrategy[Told]:
    criterion, kind = (st.just(word) for word in about)
    return _fact(
        "evidence.recorded",
        criterion=criterion,
        kind=kind,
        verdict=st.sampled_from(["yes", "yes", "no"]),
        text=st.just("said so"),
    )


PROOFS: st.SearchStrategy[list[Told]] = st.lists(
    st.one_of(
        *(_proof(about) for about in SPEAKS_OF),
        _fact("login.recorded", user=CONTACTS),
        _fact("feature.requested", feature=st.just("webhooks")),
        _fact(
            "ticket.opened",
            ticket=TICKETS,
            class_=st.just("feature_unavailable"),
            feature=st.just("webhooks"),
        ),
        _fact("csat.responded", score=st.integers(3, 5), contact=CONTACTS),
        _fact("nps.responded", score=st.integers(8, 10), contact=CONTACTS),
        _fact("budget.stated", status=st.sampled_from(["yes", "no"]), said_by=CONTACTS),
        VALUE,
    ),
    max_size=14,
)
"""What qualification reads."""

_USED: list[Told] = [
    ("feature.used", NOW - timedelta(days=3), {"feature": feature}) for feature in PRO_FEATURES
]
_LOGIN: list[Told] = [("login.recorded", NOW - timedelta(days=1), {"user": "c1"})]
_REACHED = {"criterion": "satisfaction", "kind": "goals", "verdict": "yes", "text": "said so"}
_GOALS: list[Told] = [("evidence.recorded", NOW - timedelta(days=2), _REACHED)]
ADOPTED: st.SearchStrategy[list[Told]] = st.sampled_from(
    [[], [*_USED, *_GOALS], [*_USED, *_LOGIN], [*_USED, *_GOALS, *_LOGIN]]
)
"""The plan is in use, goals are reached, or there was only one week of logins: satisfaction depends
on the other statements.
"""

GOOD_NEWS: st.SearchStrategy[list[Told]] = st.lists(
    st.one_of(
        _fact("nps.responded", score=st.integers(7, 10), contact=CONTACTS),
        _fact("need.stated", feature=FEATURES),
        _fact("feature.requested", feature=FEATURES),
        _fact(
            "ticket.opened",
            ticket=st.just("s1"),
            class_=st.just("support_speed"),
            severity=st.just("urgent"),
        ),
        _fact(
            "ticket.opened",
            ticket=st.just("s2"),
            class_=st.just("support_speed"),
            severity=st.just("urgent"),
        ),
        _fact("team.growth", count=st.integers(1, 30)),
        _fact("compliance.need", framework=st.just("SOC2")),
        _fact("proposal.answered", answer=st.just("helpful")),
        VALUE,
    ),
    max_size=5,
)
"""What a content customer says."""


def tell(story: Story, facts: list[Told]) -> Story:
    for type_, at, data in facts:
        story = story.told(type_, at, **data)
    return story
