"""The demo's accounts: eight, with the facts known about them, and a background population. Pure
data.

Days are counted back from the demo's first start, so that the stories are always current.
"""

import random
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

GB = 10**9
CSM = "csm-1"

PEOPLE: dict[str, dict[str, Any]] = {
    "lead-1": {
        "name": "鈴木 玲 (Rei Suzuki)",
        "email": "lead@plimsoll.example",
        "roles": ["manager"],
        "locale": "ja-JP",
        "time_zone": "Asia/Tokyo",
    },
    CSM: {
        "name": "加藤 真由 (Kay Kato)",
        "email": "csm@plimsoll.example",
        "roles": ["csm"],
        "manager": "lead-1",
        "locale": "ja-JP",
        "time_zone": "Asia/Tokyo",
    },
    "sales-1": {
        "name": "Sam Rivers",
        "email": "sales@plimsoll.example",
        "roles": ["sales"],
        "manager": "lead-1",
        "time_zone": "America/New_York",
    },
    "plans-1": {
        "name": "Ines Costa",
        "email": "plans@plimsoll.example",
        "roles": ["planner"],
        "time_zone": "Europe/Lisbon",
    },
    "ops-1": {
        "name": "Noor Haddad",
        "email": "ops@plimsoll.example",
        "roles": ["operator", "admin"],
        "time_zone": "UTC",
    },
}
"""Bodies of `PUT /v1/people/{id}`: who sells this product; a manager before those who have them."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How a meter fills: from `start`, `step` per tick, never above `top`; amounts in the meter's
    unit.
    """

    start: int
    step: int
    top: int


@dataclass(frozen=True, slots=True)
class Fact:
    """An account fact `days` ago; sent to `POST /v1/signals`."""

    days: float
    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resident:
    id: str
    name: str
    product: str
    story: dict[str, str]
    plan: str
    locale: str
    country: str
    time_zone: str
    since_days: int
    flows: dict[str, Flow]
    main_meter: str
    interval: str = "month"
    quantity: int = 1
    renewal_in_days: int | None = None
    member: bool = False
    facts: tuple[Fact, ...] = ()
    featured: bool = True
    add: dict[str, Any] = field(default_factory=dict)
    in_english: str = ""
    generation: int = 1

    @property
    def key(self) -> str:
        """The id without the generation."""
        return self.id.removesuffix(f"-{self.generation}") if self.generation > 1 else self.id

    @property
    def mark(self) -> str:
        """Part of addresses, to tell apart mails of earlier generations."""
        return f"+{self.generation}" if self.generation > 1 else ""

    @property
    def title(self) -> dict[str, str]:
        """The name in the visitor's language."""
        return {"en": self.in_english or self.name, "ja": self.name}

    def of(self, generation: int) -> "Resident":
        """The same account under another id after a reset: for an erased id nothing that happened
        before would count.
        """
        return replace(
            self,
            id=f"{self.key}-{generation}" if generation > 1 else self.key,
            generation=generation,
        )

    @property
    def is_japanese(self) -> bool:
        return self.locale == "ja-JP"

    def contacts(self) -> list[dict[str, str]]:
        found = [
            _contact("owner", "青空 花子" if self.is_japanese else "Olivia Owner", "owner", self)
        ]
        return (
            [
                *found,
                _contact("member", "佐藤 健" if self.is_japanese else "Max Member", "member", self),
            ]
            if self.member
            else found
        )

    def account(self) -> dict[str, Any]:
        """Body of `PUT /v1/accounts/{id}`."""
        csm = {
            "id": CSM,
            "name": "加藤 真由" if self.is_japanese else "Kay Kato",
            "email": "csm@plimsoll.example",
        }
        return {
            "name": self.name,
            "locale": self.locale,
            "time_zone": self.time_zone,
            "country": self.country,
            "contacts": self.contacts(),
            "csm": csm,
            "external_ids": {"hubspot": f"company-{self.id}"},
        } | self.add

    def subscription(self, now: datetime) -> dict[str, Any]:
        """Body of `PUT /v1/accounts/{id}/subscription`."""
        renewal = (
            (now + timedelta(days=self.renewal_in_days)).date().isoformat()
            if self.renewal_in_days is not None
            else None
        )
        return {
            "plan": self.plan,
            "started_at": _stamp(now - timedelta(days=self.since_days)),
            "anchor": None,
            "interval": self.interval,
            "quantity": self.quantity,
            "renewal_date": renewal,
        }


def _contact(id: str, name: str, role: str, resident: Resident) -> dict[str, str]:
    return {
        "id": id,
        "name": name,
        "email": f"{id}{resident.mark}@{resident.key}.example",
        "role": role,
        "locale": resident.locale,
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _logins(days: int) -> tuple[Fact, ...]:
    return tuple(Fact(day + 0.4, "login.recorded", {"user": "owner"}) for day in range(days))


def _features(*names: str) -> tuple[Fact, ...]:
    return tuple(
        Fact(8 + n, "feature.used", {"feature": name, "user": "owner"})
        for n, name in enumerate(names)
    )


def _nps(score: int, days: float = 10) -> Fact:
    return Fact(days, "nps.responded", {"score": score, "contact": "owner"})


def _tickets(kind: str, count: int, days: float) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            days + n,
            "ticket.opened",
            {"ticket": f"{kind[0].upper()}-{n + 101}", "class": kind, "severity": "normal"},
        )
        for n in range(count)
    )


_PRO_FEATURES = ("core", "advanced_features", "more_integrations", "sso", "audit_log", "api_access")

FEATURED = (
    Resident(
        "aozora",
        "青空商事",
        "Aozora Drive",
        {
            "en": "Happy and growing: storage is filling up.",
            "ja": "満足度が高く成長中。ストレージが埋まりつつあります。",
        },
        "case_basic",
        "ja-JP",
        "JP",
        "Asia/Tokyo",
        500,
        {"storage": Flow(int(7.7 * GB), 20_000_000, int(10.1 * GB))},
        "storage",
        member=True,
        facts=(*_logins(22), _nps(9), *_tickets("feature_expansion", 2, 20), *_features("core")),
        in_english="Aozora Trading",
    ),
    Resident(
        "kitsune",
        "Kitsune Robotics",
        "Kitsune Console",
        {
            "en": "Hiring fast: the seats run out.",
            "ja": "採用が進み、ユーザー数の上限が近づいています。",
        },
        "pro",
        "en-US",
        "US",
        "America/New_York",
        550,
        {"seats": Flow(21, 1, 25), "api_calls": Flow(31_000, 9, 60_000)},
        "seats",
        member=True,
        facts=(
            *_logins(21),
            _nps(10),
            *_tickets("feature_expansion", 1, 15),
            *_features(*_PRO_FEATURES),
            Fact(1, "team.growth", {"count": 10, "role": "sales"}),
        ),
    ),
    Resident(
        "tanuki",
        "Tanuki Foods",
        "Tanuki Portal",
        {
            "en": "Nearly full, and unhappy: told, but never sold to.",
            "ja": "上限間近ですが不満あり。お知らせはしても、提案はしません。",
        },
        "pro",
        "en-US",
        "US",
        "America/Chicago",
        680,
        {"storage": Flow(88 * GB, 400_000_000, 96 * GB)},
        "storage",
        facts=(
            *_logins(18),
            _nps(4),
            *_tickets("bug", 3, 5),
            *_tickets("complaint", 2, 4),
            *_features(*_PRO_FEATURES),
        ),
    ),
    Resident(
        "hoshino",
        "星野製作所",
        "Hoshino Analytics",
        {
            "en": "Asked for analytics three times.",
            "ja": "高度な分析について3回お問い合わせがありました。",
        },
        "pro",
        "ja-JP",
        "JP",
        "Asia/Tokyo",
        185,
        {"storage": Flow(61 * GB, 120_000_000, 93 * GB)},
        "storage",
        interval="year",
        renewal_in_days=181,
        facts=(
            *_logins(20),
            _nps(9),
            *_features(*_PRO_FEATURES),
            Fact(
                1,
                "value.stated",
                {
                    "members": 5,
                    "activity": {"en": "manual reporting", "ja": "手動レポート作成"},
                    "hours": 10,
                    "hours_basis": "per_person",
                    "hours_period": "week",
                    "hourly_rate": 50,
                    "currency": "USD",
                    "source": "customer_stated",
                    "said_by": "owner",
                },
            ),
            *(
                Fact(
                    days,
                    "feature.requested",
                    {"feature": "advanced_analytics", "user": "owner", "text": "分析機能"},
                )
                for days in (40, 20, 0.5)
            ),
        ),
        in_english="Hoshino Works",
    ),
    Resident(
        "maruta",
        "Maruta Logistics",
        "Maruta Fleet",
        {
            "en": "Five workspaces, and a SOC2 audit ahead.",
            "ja": "5ワークスペースを利用中。SOC2監査を控えています。",
        },
        "pro",
        "en-US",
        "US",
        "America/Los_Angeles",
        1160,
        {"api_calls": Flow(48_000, 12, 82_000)},
        "api_calls",
        quantity=5,
        add={"ae": {"id": "sales-1"}},
        facts=(
            *_logins(22),
            _nps(9),
            *_features(*_PRO_FEATURES),
            Fact(0.6, "compliance.need", {"framework": "SOC2"}),
            Fact(
                3,
                "ticket.opened",
                {"ticket": "urgent-1", "class": "support_speed", "severity": "urgent"},
            ),
            Fact(
                2,
                "ticket.opened",
                {"ticket": "urgent-2", "class": "support_speed", "severity": "urgent"},
            ),
        ),
    ),
    Resident(
        "nagi",
        "凪デザイン",
        "Nagi Studio",
        {
            "en": "Signed five days ago and already over: onboarding first.",
            "ja": "契約5日目で上限超過。まずは導入支援を優先します。",
        },
        "jp_standard",
        "ja-JP",
        "JP",
        "Asia/Tokyo",
        5,
        {"api_calls": Flow(99_200, 60, 103_000)},
        "api_calls",
        facts=(Fact(5, "contract.signed", {"plan": "jp_standard"}), *_logins(5)),
        in_english="Nagi Design",
    ),
    Resident(
        "ume",
        "Ume Holdings",
        "Ume Desk",
        {
            "en": "Thinks of leaving: keep, do not sell.",
            "ja": "解約を検討中。提案ではなく、引き止めの対応をします。",
        },
        "enterprise",
        "en-US",
        "US",
        "America/New_York",
        930,
        {"storage": Flow(22 * GB, 1_000_000, 23 * GB)},
        "storage",
        facts=(*_logins(3), _nps(5), Fact(0.5, "cancel.intent", {"reason": "price"})),
    ),
    Resident(
        "sakura",
        "桜印刷",
        "Sakura Print",
        {
            "en": "Renews in a month; a happy promoter.",
            "ja": "1か月後に更新。推奨度の高いお客様です。",
        },
        "jp_standard",
        "ja-JP",
        "JP",
        "Asia/Tokyo",
        760,
        {"storage": Flow(52 * GB, 90_000_000, 91 * GB)},
        "storage",
        interval="year",
        renewal_in_days=30,
        facts=(
            *_logins(20),
            _nps(9, 0.4),
            *_tickets("feature_expansion", 1, 12),
            *_features("core", "advanced_analytics", "reports"),
            Fact(
                2,
                "value.stated",
                {
                    "activity": {"en": "data analysis", "ja": "データ分析"},
                    "hours": 20,
                    "hours_basis": "team_total",
                    "hours_period": "month",
                    "hourly_rate": 3000,
                    "currency": "JPY",
                    "source": "customer_stated",
                    "said_by": "owner",
                },
            ),
            Fact(3, "need.stated", {"feature": "advanced_automation", "said_by": "owner"}),
        ),
        in_english="Sakura Printing",
    ),
)


_ENGLISH = (
    *(
        "Alder & Sons",
        "Bluebird Books",
        "Cedar Dental",
        "Driftwood Cafe",
        "Elm Street Bakery",
        "Fernhill Farms",
        "Gable Architects",
    ),
    *(
        "Harbour Coffee",
        "Ivy Legal",
        "Juniper Labs",
        "Kestrel Travel",
        "Larkspur Studios",
        "Meadow Clinics",
        "Nettle & Rye",
    ),
    *("Oakridge Schools", "Pinecone Toys", "Quill Press", "Redwood Cycles"),
)
_JAPANESE = {
    "Asahi Foods": "あさひ食品",
    "Izumi Pharmacy": "いずみ薬局",
    "Umino Builders": "うみの工務店",
    "Ebisu Freight": "えびす運輸",
    "Ogawa Books": "おがわ書店",
    "Kaede Dental": "かえで歯科",
    "Kitayama Farm": "きたやま農園",
    "Kusunoki Nursery": "くすのき保育園",
    "Komorebi Travel": "こもれび旅行",
    "Sakurai Sweets": "さくらい製菓",
    "Shirakaba Design": "しらかば設計",
    "Suzuran Photos": "すずらん写真館",
    "Seseragi Brewery": "せせらぎ酒造",
    "Takenoko School": "たけのこ学習塾",
    "Tsubame Cycles": "つばめ自転車",
    "Nagisa Seafood": "なぎさ水産",
    "Hanamizuki Law": "はなみずき法律事務所",
    "Minato Print": "みなと印刷",
}
_HOMES = {
    "en": ("starter", "en-US", "US", "America/New_York"),
    "ja": ("case_basic", "ja-JP", "JP", "Asia/Tokyo"),
}


def population(seed: int = 20250916) -> tuple[Resident, ...]:
    """Background accounts on small plans that fill, free up and upgrade, half of them in each
    language; the same at every start.
    """
    dice = random.Random(seed)
    pairs = zip(_ENGLISH, _JAPANESE.items(), strict=True)
    named = [
        one
        for name, (english, japanese) in pairs
        for one in ((name, name, "en"), (japanese, english, "ja"))
    ]
    return tuple(_neighbour(*one, dice) for one in named)


def _neighbour(name: str, english: str, language: str, dice: random.Random) -> Resident:
    start = dice.randint(10, 90) * GB // 10
    flow = Flow(start, dice.randint(5, 60) * 1_000_000, 10 * GB + dice.randint(0, 3) * GB // 10)
    plan, locale, country, time_zone = _HOMES[language]
    return Resident(
        id="-".join(re.findall(r"[a-z]+", english.lower())),
        name=name,
        product="",
        story={"en": "", "ja": ""},
        plan=plan,
        locale=locale,
        country=country,
        time_zone=time_zone,
        since_days=dice.randint(40, 700),
        flows={"storage": flow},
        main_meter="storage",
        featured=False,
        in_english=english,
    )
