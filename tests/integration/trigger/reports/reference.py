"""Every report once more, slowly: account by account over lists, in fractions, without SQL.

It shares nothing with the code under test but the question.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, sqrt
from statistics import NormalDist
from typing import Any
from zoneinfo import ZoneInfo

from services.trigger.process.figures.answer import Question
from tests.integration.trigger.reports.history import (
    CURRENCIES,
    FAMILIES,
    FEATURES,
    History,
    Row,
)

Answer = tuple[list[Row], Row]
DAY = timedelta(days=1)
YEAR = 365 * DAY
KINDS = ("plan_upgrade", "seat_expansion", "add_on", "cross_sell", "price_change",
         "reactivation", "contraction", "churn")  # fmt: skip


# ---- numbers


def half_up(value: Fraction | None, digits: int = 1) -> Decimal | None:
    if value is None:
        return None
    with localcontext(prec=120):
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def over(part: Any, whole: Any) -> Fraction | None:
    return None if whole in (None, 0) or part is None else Fraction(part) / Fraction(whole)


def pct(part: Any, whole: Any) -> Decimal | None:
    found = over(part, whole)
    return None if found is None else half_up(100 * found)


def money(value: Any, currency: str) -> str:
    shown = half_up(Fraction(value), 0 if currency == "JPY" else 2)
    assert shown is not None
    return str(shown or abs(shown))


def middle(values: Iterable[Any]) -> Fraction | None:
    ordered = sorted(Fraction(value) for value in values)
    n = len(ordered)
    return None if not n else (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def exact_days(time: timedelta) -> Fraction:
    return Fraction(time // timedelta(microseconds=1), 86_400_000_000)


# ---- subscriptions


class Book:
    """An account's changes of plan in their order."""

    def __init__(self, changes: Sequence[Row]) -> None:
        ordered = enumerate(changes)
        self.changes = [row for _, row in sorted(ordered, key=lambda one: (held(one[1]), one[0]))]

    def last(self, at: datetime, *, included: bool = True) -> Row | None:
        past = [row for row in self.changes if held(row) < at or (included and held(row) == at)]
        return past[-1] if past else None

    def plan(self, at: datetime) -> Any:
        row = self.last(at)
        return row and row["to_plan"]

    def between(self, since: datetime, until: datetime) -> list[Row]:
        return [row for row in self.changes if since <= held(row) < until]

    @property
    def upsells(self) -> list[Row]:
        return [row for row in self.changes if row["kind"] == "plan_upgrade"]


def held(row: Row) -> datetime:
    found: datetime = row["effective_at"] or row["at"]
    return found


def paid(row: Row | None) -> Any:
    """The ARR after a change; "unknown" without a price."""
    if row is None or row["to_plan"] is None:
        return Decimal(0)
    return "unknown" if row["arr_after"] is None else row["arr_after"]


def delta(row: Row) -> Any:
    before = Decimal(0) if row["from_plan"] is None else row["arr_before"]
    after = paid(row)
    return "unknown" if before is None or after == "unknown" else after - before


def kind_of(row: Row) -> str:
    kind = str(row["kind"])
    if kind == "price_change" and delta(row) < 0:
        return "contraction"
    return {"limit_add_on": "add_on", "downgrade": "contraction"}.get(kind, kind)


def family_of(plan: str) -> str:
    return next(name for name, plans in FAMILIES.items() if plan in plans)


def has_above(plan: str) -> bool:
    return FAMILIES[family_of(plan)][-1] != plan


class Reference:
    def __init__(self, history: History, question: Question) -> None:
        self.history, self.asked = history, question
        self.accounts = {row["id"]: row for row in history["account"]}
        changes: dict[str, list[Row]] = {key: [] for key in self.accounts}
        for row in history["plan_change"]:
            changes[row["account"]].append(row)
        self.books = {key: Book(rows) for key, rows in changes.items()}
        self.passed = min(question.until, question.now)
        self.logs: defaultdict[str, list[Row]] = defaultdict(list)
        for row in history["entry"]:
            self.logs[row["subject"]].append(row)
        self.deals = [
            row for row in history["opportunity"] if question.currency in (None, row["currency"])
        ]

    def inside(self, at: datetime | None) -> bool:
        return at is not None and self.asked.since <= at < self.asked.until

    def start(self, account: str) -> datetime:
        since: datetime | None = self.accounts[account]["customer_since"]
        return since or held(self.books[account].changes[0])

    def of_currency(self, currency: str) -> bool:
        return self.asked.currency in (None, currency)

    # ---- upsells

    def period_upsells(self, since: datetime, until: datetime) -> list[tuple[str, Row]]:
        found = [
            (account, row)
            for account, book in self.books.items()
            for row in book.upsells
            if since <= held(row) < until and self.of_currency(row["currency"])
        ]
        place = {id(row): n for n, row in enumerate(self.history["plan_change"])}
        return sorted(found, key=lambda one: (held(one[1]), place[id(one[1])]))

    def amounts(self) -> Answer:
        upsells = self.period_upsells(self.asked.since, self.asked.until)
        first = {account: paid(self.books[account].changes[0]) for account, _ in upsells}
        unknown = {account for account, row in upsells if "unknown" in (delta(row), first[account])}
        known = [(account, row) for account, row in upsells if account not in unknown]
        zone = ZoneInfo(self.asked.time_zone)
        months = sorted({(f"{held(r).astimezone(zone):%Y-%m}", r["currency"]) for _, r in known})
        rows = []
        for month, currency in months:
            mine = [
                delta(row)
                for _, row in known
                if (f"{held(row).astimezone(zone):%Y-%m}", row["currency"]) == (month, currency)
            ]
            rows.append({"month": month, "currency": currency, **self.sums(mine, currency)})
        totals = []
        for currency in sorted({row["currency"] for _, row in known}):
            mine = [delta(row) for _, row in known if row["currency"] == currency]
            began = {account: first[account] for account, r in known if r["currency"] == currency}
            totals.append(
                {
                    "currency": currency,
                    **self.sums(mine, currency),
                    "initial": money(sum(began.values()), currency),
                    "ratio": half_up(over(sum(mine), sum(began.values())), 2),
                }
            )
        return rows, {"currencies": totals, "unknown": len(unknown)}

    @staticmethod
    def sums(values: Sequence[Any], currency: str) -> Row:
        return {
            "upsells": len(values),
            "sum": money(sum(values), currency),
            "mean": money(Fraction(sum(values)) / len(values), currency),
            "median": money(middle(values), currency),
        }

    def touches(self, account: str, row: Row) -> list[Row]:
        plans = FAMILIES[family_of(row["to_plan"])]
        below = plans[: plans.index(row["to_plan"]) + 1]
        found = []
        for one in self.history["proposal"]:
            days = 90 if one["channel"] == "person" else 30
            if (
                one["account"] == account
                and one["plan"] in below
                and one["add_on"] is None
                and one["state"] != "draft"
                and timedelta() <= held(row) - one["at"] <= days * DAY
                and (one["channel"] != "message" or self.arrived(one))
            ):
                found.append(one)
        return sorted(found, key=lambda one: (one["at"], one["id"]), reverse=True)

    def arrived(self, proposal: Row) -> bool:
        mine = {row["id"] for row in self.notified(proposal)}
        return any(
            row["notification"] in mine and row["state"] == "delivered"
            for row in self.history["delivery"]
        )

    def notified(self, proposal: Row) -> list[Row]:
        """Its own message, or the notice that it was joined to, also split off from it."""
        cause = proposal["account"], proposal["decision"]
        notices = {
            alert["id"]
            for alert in self.history["alert"]
            if (alert["account"], alert["decision"]) == cause
        }
        return [
            row
            for row in self.history["notification"]
            if row["key"] == proposal["id"]
            or (row["proposes"] and row["key"].removesuffix("-offer") in notices)
        ]

    def attribution(self) -> Answer:
        rows, unknown = [], set()
        for account, row in self.period_upsells(self.asked.since, self.asked.until):
            touches = [one["id"] for one in self.touches(account, row)]
            amount = delta(row)
            if amount == "unknown":
                unknown.add(account)
            rows.append(
                {
                    "account": account,
                    "at": held(row),
                    "currency": row["currency"],
                    "year": None if amount == "unknown" else money(amount, row["currency"]),
                    "credited": touches[0] if touches else None,
                    "touches": touches,
                }
            )
        credited = sum(row["credited"] is not None for row in rows)
        return rows, {"upsells": len(rows), "credited": credited, "unknown": len(unknown)}

    # ---- revenue

    def nrr(self) -> Answer:
        since, until = self.asked.since, self.asked.until
        found: dict[str, dict[str, Any]] = {}
        unknown = 0
        for book in self.books.values():
            before = book.last(since, included=False)
            begun, rows = paid(before), book.between(since, until)
            if before is None or begun == 0 or not self.of_currency(before["currency"]):
                continue
            if begun == "unknown" or any(delta(row) == "unknown" for row in rows):
                unknown += 1
                continue
            ended = paid(rows[-1]) if rows else begun
            one = found.setdefault(before["currency"], defaultdict(Decimal))
            one["accounts"] += 1
            one["start"] += begun
            one["end"] += ended
            one["kept"] += min(begun, ended)
            for row in rows:
                one[kind_of(row)] += delta(row)
        return [self.revenue(key, found[key]) for key in sorted(found)], {"unknown": unknown}

    @staticmethod
    def revenue(currency: str, one: Row) -> Row:
        expansion = sum(one[kind] for kind in KINDS[:5])
        return {
            "currency": currency,
            "accounts": one["accounts"],
            "start": money(one["start"], currency),
            **{kind: money(one[kind], currency) for kind in KINDS},
            "end": money(one["end"], currency),
            "nrr_percent": pct(one["end"], one["start"]),
            "grr_percent": pct(one["kept"], one["start"]),
            "plan_upgrade_points": pct(one["plan_upgrade"], one["start"]),
            "plan_upgrade_share_percent": pct(one["plan_upgrade"], expansion),
            "low_n": one["accounts"] < 10,
        }

    def case_study(self) -> Answer:
        family = self.asked.family or "main"
        length = self.asked.until - self.asked.since
        former = self.asked.before or (self.asked.since - length, self.asked.since)
        before = self.cohort(family, *former)
        after = self.cohort(family, self.asked.since, self.passed)
        rows = [
            {
                "period": name,
                "currency": CURRENCIES[family],
                "accounts": one["accounts"],
                "upgraded": one["upgraded"],
                "percent": pct(one["upgraded"], one["accounts"]),
                "low_n": one["accounts"] < 10,
            }
            for name, one in (("before", before), ("after", after))
        ]
        compared = {"currency": CURRENCIES[family], **self.mix(before, after)}
        unknown = before["unknown"] + after["unknown"]
        if not before["accounts"] and not after["accounts"]:
            return [], {**dict.fromkeys(compared), "currencies": [], "unknown": unknown}
        return rows, {**compared, "currencies": [compared], "unknown": unknown}

    def cohort(self, family: str, since: datetime, until: datetime) -> Row:
        one: dict[str, Any] = defaultdict(Decimal)
        for book in self.books.values():
            row = book.last(since)
            if row is None or row["to_plan"] not in FAMILIES[family][:-1]:
                continue
            if not self.of_currency(row["currency"]):
                continue
            later = [r for r in book.between(since, until) if held(r) > since]
            ends = later[-1] if later else row
            if "unknown" in (paid(row), paid(ends)):
                one["unknown"] += 1
                continue
            one["accounts"] += 1
            one["upgraded"] += any(r["kind"] == "plan_upgrade" for r in later)
            if ends["to_plan"] is not None:
                one["start"] += paid(row)
                one["end"] += paid(ends)
        return one

    def mix(self, before: Row, after: Row) -> Row:
        first, second = (over(one["upgraded"], one["accounts"]) for one in (before, after))
        points = None if first is None or second is None else 100 * (second - first)
        grown = over(over(after["end"], after["start"]), over(before["end"], before["start"]))
        return {
            "points": half_up(points),
            "relative_percent": half_up(over(points, first)),
            "price_mix": half_up(grown, 4),
            "tenure_needed": half_up(over(Fraction(self.asked.ltv_target), grown), 4),
        }

    def months(self, since: datetime, until: datetime) -> Fraction:
        """Whole months, and the rest as a share of the next one."""
        zone = ZoneInfo(self.asked.time_zone)
        first, last = (at.astimezone(zone).replace(tzinfo=None) for at in (since, until))
        whole = 0
        while add_months(first, whole + 1) <= last:
            whole += 1
        begun, ends = add_months(first, whole), add_months(first, whole + 1)
        return whole + exact_days(last - begun) / exact_days(ends - begun)

    def ltv(self) -> Answer:
        found: dict[str, Any] = {}
        unknown = 0
        for book in self.books.values():
            spans = self.spans(book)
            if not any(a < self.asked.until and e > self.asked.since for _, a, e in spans):
                continue
            currency = spans[0][0]["currency"]
            if not self.of_currency(currency):
                continue
            if any(paid(row) == "unknown" for row, _, _ in spans):
                unknown += 1
                continue
            one = found.setdefault(currency, defaultdict(Fraction))
            one["accounts"] += 1
            one["last"] += Fraction(paid(spans[-1][0])) / 12
            begun = spans[0][1]
            for n, (row, at, end) in enumerate(spans):
                if n and spans[n - 1][2] != at:
                    begun = at
                tenure = self.months(begun, end) - self.months(begun, at)
                one["months"] += tenure
                one["paid"] += Fraction(paid(row)) / 12 * tenure
        return [self.worth(key, found[key]) for key in sorted(found)], {"unknown": unknown}

    def spans(self, book: Book) -> list[tuple[Row, datetime, datetime]]:
        """What they were subscribed to, from when, until when."""
        changes = [row for row in book.changes if held(row) < self.passed]
        ends = [*(held(row) for row in changes[1:]), self.passed][: len(changes)]
        return [
            (row, held(row), end)
            for row, end in zip(changes, ends, strict=True)
            if row["to_plan"] is not None
        ]

    @staticmethod
    def worth(currency: str, one: Row) -> Row:
        n = one["accounts"]
        return {
            "currency": currency,
            "accounts": int(n),
            "arpa": money(one["last"] / n, currency),
            "months": half_up(one["months"] / n, 2),
            "ltv": money(one["last"] / n * (one["months"] / n), currency),
            "ltv_piecewise": money(one["paid"] / n, currency),
        }

    # ---- how accounts go

    def started(self) -> list[str]:
        return sorted(
            (
                account
                for account, book in self.books.items()
                if self.inside(self.start(account)) and has_above(book.changes[0]["to_plan"])
            ),
            key=lambda account: (self.start(account), account),
        )

    def first_upsell(self, account: str) -> datetime | None:
        return next((held(row) for row in self.books[account].upsells), None)

    def time_to_upsell(self) -> Answer:
        rows, waits = [], []
        for account in self.started():
            start, at = self.start(account), self.first_upsell(account)
            ends = [held(r) for r in self.books[account].changes if r["to_plan"] is None]
            end = min([*ends[:1], self.passed])
            moved = at is not None and (at < self.passed) and (not ends or at <= ends[0])
            waits.append((((at if moved and at else end) - start) // DAY, moved))
            rows.append({"account": account, "start": start, "upgraded_at": at if moved else None,
                         "days": None, "months": None, "calendar_months": None})  # fmt: skip
            if moved and at is not None:
                days = (at - start) // DAY
                rows[-1] |= {
                    "days": days,
                    "months": half_up(days / Fraction("30.4375"), 2),
                    "calendar_months": floor(self.months(start, at)),
                }

        def quantile(left: Fraction) -> Decimal | None:
            surviving = Fraction(1)
            for day in sorted({days for days, moved in waits if moved}):
                at_risk = sum(days >= day for days, _ in waits)
                surviving *= 1 - Fraction(waits.count((day, True)), at_risk)
                if surviving <= left:
                    return half_up(day / Fraction("30.4375"), 2)
            return None

        upgraded = sum(moved for _, moved in waits)
        return rows, {
            "accounts": len(rows),
            "upgraded": upgraded,
            "censored": len(rows) - upgraded,
            "median_months": quantile(Fraction(1, 2)),
            "p75_months": quantile(Fraction(1, 4)),
        }

    def first_year(self) -> Answer:
        seen = [one for one in self.started() if self.start(one) + YEAR <= self.passed]
        rows = [{"key": key, **self.risen(mine)} for key, mine in self.by(seen, self.account_key)]
        churned = missing = 0
        for account, book in self.books.items():
            for row in book.between(self.asked.since, self.asked.until):
                if row["to_plan"] is None:
                    churned += 1
                    missing += self.was_missing(account, row)
        return rows, {
            **self.risen(seen),
            "churned": churned,
            "missing_feature": missing,
            "missing_feature_percent": pct(missing, churned),
        }

    def risen(self, accounts: Sequence[str]) -> Row:
        upgraded = 0
        for account in accounts:
            at = self.first_upsell(account)
            upgraded += at is not None and at <= self.start(account) + YEAR
        return {
            "accounts": len(accounts),
            "upgraded": upgraded,
            "percent": pct(upgraded, len(accounts)),
            "band": band(upgraded, len(accounts), 30, 50),
            "low_n": len(accounts) < 10,
        }

    def was_missing(self, account: str, row: Row) -> bool:
        said = [
            fact["event"]["data"]
            for fact in self.history["fact"]
            if fact["account"] == account
            and fact["type"] == "subscription.cancelled"
            and fact["taken_back_at"] is None
            and datetime.fromisoformat(fact["event"]["data"]["at"]) == held(row)
        ]
        if not said or said[-1]["reason"] != "missing_feature":
            return False
        plans = FAMILIES[family_of(row["from_plan"])]
        above = plans[plans.index(row["from_plan"]) + 1 :]
        sold = {feature for plan in above for feature in FEATURES.get(plan, ["core"])}
        return bool(sold & set(said[-1]["features"]))

    def account_key(self, account: str) -> Any:
        return {
            "plan": self.books[account].changes[0]["to_plan"],
            "size": size(self.accounts[account]["employees"]),
            "segment": self.accounts[account]["segment"],
        }[self.asked.by or ""]

    def by(self, things: Sequence[Any], key: Callable[[Any], Any]) -> list[tuple[str, list[Any]]]:
        if self.asked.by is None:
            return [("all", list(things))]
        groups: defaultdict[str, list[Any]] = defaultdict(list)
        for thing in things:
            groups[key(thing) or "unknown"].append(thing)
        return sorted(groups.items())

    def retention(self) -> Answer:
        upgraded = {}
        for account in self.books:
            at = self.first_upsell(account)
            if at is not None and self.inside(at) and at + YEAR <= self.passed:
                upgraded[account] = at
        ages: defaultdict[str, list[int]] = defaultdict(list)
        for account, at in upgraded.items():
            plan = self.books[account].upsells[0]["from_plan"]
            ages[plan].append((at - self.start(account)) // DAY)
        others = stayed = 0
        for plan, days in ages.items():
            age = sorted(days)[(len(days) - 1) // 2] * DAY
            for account, book in self.books.items():
                then, at = self.start(account) + age, self.first_upsell(account)
                later = then + YEAR
                if (
                    account not in upgraded
                    and later <= self.passed
                    and book.plan(then) == plan
                    and (at is None or at > later)
                ):
                    others += 1
                    stayed += book.plan(later) is not None
        kept = sum(self.books[key].plan(at + YEAR) is not None for key, at in upgraded.items())
        return [
            {"arm": arm, "n": n, "retained": r, "percent": pct(r, n), "low_n": n < 10}
            for arm, n, r in (("upgraded", len(upgraded), kept), ("others", others, stayed))
        ], {}

    # ---- opportunities

    def stages(self, deal: Row) -> list[tuple[datetime, str]]:
        if not deal["revision"]:
            return [(deal["closed_at"] or deal["created_at"], deal["stage"])]
        return [
            (row["at"], row["body"].get("to") or row["body"]["stage"])
            for row in self.logs[deal["id"]]
            if row["type"] in ("opened", "move")
        ]

    def role(self, deal: Row) -> str:
        """Whose it was until it closed."""
        ends = [row for row in self.logs[deal["id"]] if row["type"] == "move"]
        closing = ends[-1]["body"].get("role") if ends and deal["closed_at"] else None
        found: str = closing or deal["owner"]["role"]
        return found

    def is_assisted(self, deal: Row) -> bool:
        return self.role(deal) != "self_serve" or deal["person_entry"]

    def conversion(self) -> Answer:
        found = []
        for deal in self.deals:
            at = min((at for at, stage in self.stages(deal) if stage == "qualified"), default=None)
            if self.inside(at):
                found.append(deal)
        rows = [{"key": key, **self.converted(mine)} for key, mine in self.by(found, self.deal_key)]
        return rows, self.converted(found)

    def deal_key(self, deal: Row) -> Any:
        account = self.accounts[deal["account"]]
        return {
            "plan": deal["from_plan"],
            "size": size(account["employees"]),
            "segment": account["segment"],
            "owner": self.role(deal),
            "reason": next(iter(deal["reasons"]), None),
        }[self.asked.by or ""]

    @staticmethod
    def converted(deals: Sequence[Row]) -> Row:
        won = sum(deal["stage"] == "closed_won" for deal in deals)
        lost = sum(deal["stage"] in ("closed_lost", "disqualified") for deal in deals)
        return {
            "qualified": len(deals),
            "won": won,
            "lost": lost,
            "open": len(deals) - won - lost,
            "cohort_percent": pct(won, len(deals)),
            "decided_percent": pct(won, won + lost),
            "band": band(won, len(deals), 40, 60),
            "low_n": len(deals) < 10,
        }

    def flows(self) -> tuple[list[int], int]:
        ladder = ("identified", "qualified", "engaged", "proposal", "negotiation", "closed_won")
        counts, negotiated = [0] * 5, 0
        for deal in self.deals:
            if self.inside(deal["created_at"]) and self.is_assisted(deal):
                names = {stage for _, stage in self.stages(deal)}
                top = max(ladder.index(name) if name in ladder else 0 for name in names)
                for n, place in enumerate((0, 1, 2, 3, 5)):
                    counts[n] += top >= place
                negotiated += "negotiation" in names
        return counts, negotiated

    def pipeline(self) -> Answer:
        at = self.asked.at or self.asked.now
        ages: defaultdict[str, list[Fraction]] = defaultdict(list)
        for deal in self.deals:
            past = [stage for when, stage in self.stages(deal) if when <= at]
            if past and deal["created_at"] <= at and self.is_assisted(deal):
                ages[past[-1]].append(exact_days(at - deal["created_at"]))
        open_ = {stage: own for stage, own in ages.items() if not stage.startswith("closed")}
        everybody = [age for own in open_.values() for age in own]
        counts, negotiated = self.flows()
        rows = [
            {"stage": stage, "count": len(own), "mean_age_days": half_up(over(sum(own), len(own)))}
            for stage, own in sorted(open_.items())
        ]
        return rows, {
            "count": len(everybody),
            "mean_age_days": half_up(over(sum(everybody), len(everybody))),
            "flows": {
                "counts": counts,
                "percents": [pct(after, before) for before, after in pairwise(counts)],
                "negotiation": negotiated,
            },
        }

    def funnel(self) -> Answer:
        counts, _ = self.flows()
        names = ("eligible", "ready", "engaged", "", "won")
        return [{name: n for name, n in zip(names, counts, strict=True) if name}], {}

    def owners(self) -> Answer:
        roles: defaultdict[str, list[Row]] = defaultdict(list)
        for deal in self.deals:
            if self.inside(deal["closed_at"]):
                roles[self.role(deal)].append(deal)
        rows = []
        for role, deals in sorted(roles.items()):
            won = [deal for deal in deals if deal["stage"] == "closed_won"]
            days = [exact_days(deal["closed_at"] - deal["created_at"]) for deal in won]
            rows.append(
                {
                    "role": role,
                    "won": len(won),
                    "lost": len(deals) - len(won),
                    "win_percent": pct(len(won), len(deals)),
                    "median_days": half_up(middle(days)),
                    "low_n": len(deals) < 10,
                }
            )
        return rows, {}

    def objections(self) -> Answer:
        kinds: defaultdict[str, list[tuple[bool, bool]]] = defaultdict(list)
        for deal in self.deals:
            log = self.logs[deal["id"]]
            for kind in ("too_expensive", "unsure_need", "budget_process"):
                raised = [r for r in log if r["type"] == "objection"
                          and r["body"]["objection"] == kind]  # fmt: skip
                if raised and self.inside(raised[0]["at"]):
                    ids = {row["id"] for row in raised}
                    ends = [r["body"]["result"] for r in log if r["type"] == "outcome"
                            and r["body"]["objection"] in ids]  # fmt: skip
                    kinds[kind].append((ends[-1:] == ["resolved"], deal["stage"] == "closed_won"))
        rows = [
            {"objection": kind, "is_process": kind == "budget_process", **self.answered(own)}
            for kind, own in sorted(kinds.items())
        ]
        doubts = [one for kind, own in kinds.items() if kind != "budget_process" for one in own]
        return rows, self.answered(doubts)

    @staticmethod
    def answered(raised: Sequence[tuple[bool, bool]]) -> Row:
        resolved = sum(done for done, _ in raised)
        won = sum(done and won for done, won in raised)
        return {
            "raised": len(raised),
            "resolved": resolved,
            "won": won,
            "resolved_percent": pct(resolved, len(raised)),
            "won_percent": pct(won, len(raised)),
            "won_of_resolved_percent": pct(won, resolved),
            "low_n": len(raised) < 10,
        }

    def handoffs(self) -> Answer:
        counts: Counter[str] = Counter()
        hours = []
        for deal in self.deals:
            log = [row for row in self.logs[deal["id"]] if row["type"] == "handoff"]
            for n, row in enumerate(log):
                if row["body"]["action"] != "request" or not self.inside(row["at"]):
                    continue
                counts["requested"] += 1
                after = []
                for later in log[n + 1 :]:
                    if later["body"]["action"] == "request":
                        break
                    after.append(later)
                actions = [one["body"]["action"] for one in after]
                counts["accepted"] += "accept" in actions
                counts["rejected"] += "reject" in actions
                counts["timed_out"] += "timed_out" in actions
                counts["returned"] += "returned" in actions
                counts["open"] += not actions
                if actions and actions[0] in ("accept", "reject"):
                    hours.append(24 * exact_days(after[0]["at"] - row["at"]))
        ends = counts["accepted"] + counts["rejected"] + counts["timed_out"]
        names = ("requested", "accepted", "rejected", "timed_out", "returned", "open")
        lost: Counter[str] = Counter()
        for deal in self.deals:
            if deal["stage"] == "closed_lost" and self.inside(deal["closed_at"]):
                reason = deal["loss_reason"]
                lost[
                    "handoff" if reason == "handoff_failure"
                    else "objection" if reason in ("price", "timing", "no_need", "competitor")
                    else "process" if reason == "budget" else "other"
                ] += 1  # fmt: skip
        row = {
            **{name: counts[name] for name in names},
            "acceptance_percent": pct(counts["accepted"], ends),
            "median_hours": half_up(middle(hours)),
            "low_n": ends < 10,
        }
        return [row], {"lost": {n: lost[n] for n in ("handoff", "objection", "process", "other")}}

    def costs(self) -> Answer:
        sent = sum(
            self.inside(one["at"]) and one["currency"] == "USD" and self.was_sent(one)
            for one in self.history["proposal"]
        )
        won = 0
        for deal in self.history["opportunity"]:
            lines = [r["body"] for r in self.logs[deal["id"]] if r["type"] == "line"]
            at = datetime.fromisoformat(lines[-1]["won_at"]) if lines else None
            if at is None and deal["stage"] == "closed_won":
                at = deal["closed_at"]
            won += deal["currency"] == "USD" and self.inside(at)
        cost = over(70 * sent, won)
        return [
            {
                "currency": "USD",
                "ratio": half_up(Fraction(3000, 70)),
                "proposals": sent,
                "won": won,
                "cost_per_won": None if cost is None else money(cost, "USD"),
                "won_ratio": half_up(over(3000, cost)),
            }
        ], {}

    @staticmethod
    def was_sent(proposal: Row) -> bool:
        return proposal["channel"] in ("message", "person") and proposal["state"] != "draft"

    def hygiene(self) -> Answer:
        rows = [
            {"kind": "task", "id": task["id"], "account": task["account"],
             "owner": task["owner_id"], "flag": "overdue", "since": task["due_at"]}
            for task in self.history["task"]
            if task["state"] in ("open", "in_progress") and task["due_at"] <= self.asked.now
        ]  # fmt: skip
        for deal in self.history["opportunity"]:
            rows += [
                {"kind": "opportunity", "id": deal["id"], "account": deal["account"],
                 "owner": deal["owner"]["id"], "flag": flag, "since": since}
                for flag, since in (self.flags(deal) if deal["closed_at"] is None else {}).items()
            ]  # fmt: skip
        return sorted(rows, key=lambda r: (r["kind"], r["since"], r["id"], r["flag"])), {}

    def flags(self, deal: Row) -> dict[str, datetime]:
        """Every account's days begin in UTC."""
        since = deal["stage_since"] or deal["created_at"]
        found = {}
        if deal["stage"] in ("engaged", "proposal", "negotiation"):
            due = deal["next_due"]
            day = datetime(due.year, due.month, due.day, tzinfo=UTC) if due else since
            if self.asked.now >= max(since, day) + 7 * DAY:
                found["no_next_step"] = max(since, day) + 7 * DAY
        if deal["owner"]["id"] is None and deal["owner"]["role"] != "self_serve":
            found["unowned"] = self.newest(deal, "opened", "route", "owner") or since
        if deal["needs_quote"]:
            found["needs_quote"] = self.newest(deal, "opened", "line") or since
        if deal["handoff_waiting"]:
            found["handoff_waiting"] = self.newest(deal, "handoff") or since
        if deal["proposal_expired"]:
            expired = [
                one["expires_at"]
                for one in self.history["proposal"]
                if one["opportunity"] == deal["id"] and one["state"] == "expired"
            ]
            found["proposal_expired"] = max(expired, default=since)
        return found

    def newest(self, deal: Row, *types: str) -> datetime | None:
        ats = [row["at"] for row in self.logs[deal["id"]] if row["type"] in types]
        return max(ats, default=None)

    # ---- decisions

    def signalled(self) -> list[Row]:
        return [
            row
            for row in self.history["decision"]
            if self.inside(row["at"]) and row["body"]["signals"]
        ]

    def missed(self) -> Answer:
        counts: Counter[str] = Counter()
        rows = []
        for decision in self.signalled():
            if decision["cause"] == "schedule":
                continue
            outcome = decision["outcome"]
            logs = self.logs_of(decision)
            first = min(
                (
                    row["at"]
                    for subject in logs
                    for row in self.logs[subject]
                    if row["at"] >= decision["at"]
                    and (row["by_kind"] == "person" or row["by_id"] == "crm")
                ),
                default=None,
            )
            end = decision["at"] + timedelta(hours=48)
            counts["triggers"] += 1
            if outcome in ("proposal", "notice"):
                counts["told"] += 1
            elif outcome in ("withheld", "none"):
                counts["held"] += 1
            elif outcome == "assisted" and first is not None and first <= end:
                counts["told"] += 1
            elif outcome == "failed" or self.asked.now < end:
                counts["pending"] += 1
            else:
                counts["missed"] += 1
                tasks = [task for task in self.history["task"] if task["id"] in logs]
                task = tasks[0] if tasks else {"id": None, "owner_id": None}
                rows.append(
                    {"decision": decision["id"], "account": decision["account"],
                     "at": decision["at"], "task": task["id"], "owner": task["owner_id"]}
                )  # fmt: skip
        names = ("triggers", "told", "held", "pending", "missed")
        rows.sort(key=lambda row: (row["at"], row["decision"]))
        return rows, {name: counts[name] for name in names}

    def logs_of(self, decision: Row) -> set[str]:
        heads = [*self.history["task"], *self.history["opportunity"]]
        named = {row["id"] for row in heads if row["decision"] == decision["id"]}
        return named | {
            row["subject"]
            for row in self.history["entry"]
            if row["type"] in ("opened", "reason", "raised")
            and row["body"].get("decision") == decision["id"]
        }

    def arms(self, arms: dict[str, list[bool]], first: str, second: str) -> Answer:
        rows = [
            {
                "arm": arm,
                "accounts": len(arms[arm]),
                "upgraded": sum(arms[arm]),
                "percent": pct(sum(arms[arm]), len(arms[arm])),
                "low_n": len(arms[arm]) < 10,
            }
            for arm in (first, second)
        ]
        return rows, uplift(arms[second], arms[first])

    def holdout(self) -> Answer:
        window = timedelta(days=self.asked.window)
        arms: dict[str, list[bool]] = {"control": [], "offered": []}
        for account in self.books:
            mine = [row for row in self.signalled() if row["account"] == account]
            mine.sort(key=lambda row: row["at"])
            if not mine or mine[0]["at"] + window > self.passed:
                continue
            gate = next(one for one in mine[0]["body"]["gates"] if one["gate"] == "holdout")
            held = gate["result"] == "block" and not gate["reason"].startswith("experiment")
            arms["control" if held else "offered"].append(self.rose(account, mine[0]["at"], window))
        return self.arms(arms, "control", "offered")

    def rose(self, account: str, at: datetime, window: timedelta) -> bool:
        return any(at <= held(row) <= at + window for row in self.books[account].upsells)

    def experiment(self) -> Answer:
        arms: dict[str, list[bool]] = {"a": [], "b": []}
        window = timedelta(days=30)
        decisions = {row["id"]: row for row in self.history["decision"]}
        for account in self.books:
            crossed = [
                (row["reached_at"], decisions[row["decision"]]["body"]["gates"][1]["evidence"])
                for row in self.history["alert"]
                if (row["account"], row["threshold"]) == (account, "80")
                and self.inside(row["reached_at"])
            ]
            mine = [(at, found["arm"]) for at, found in crossed if "arm" in found]
            if mine and min(mine)[0] + window <= self.passed:
                at, arm = min(mine)
                arms[arm].append(self.rose(account, at, window))
        return self.arms(arms, "a", "b")

    def thresholds(self) -> Answer:
        told: defaultdict[int, list[Row]] = defaultdict(list)
        for row in self.history["alert"]:
            if row["notified"] and self.inside(row["reached_at"]) and row["threshold"].isdigit():
                told[int(row["threshold"])].append(row)
        return [self.noticed(key, told[key]) for key in sorted(told)], {}

    def noticed(self, threshold: int, alerts: Sequence[Row]) -> Row:
        ids = {row["decision"] for row in alerts}
        decisions = [one for one in self.history["decision"] if one["id"] in ids]
        offers = [
            one for one in self.history["proposal"] if one["decision"] in ids and self.was_sent(one)
        ]
        taken = {log for decision in decisions for log in self.logs_of(decision)}
        deals = [one for one in self.history["opportunity"] if one["id"] in taken]
        refused = [
            fact
            for fact in self.history["fact"]
            if fact["type"] == "contact.unsubscribed"
            and fact["taken_back_at"] is None
            and any(self.read_it(fact, alert) for alert in alerts)
        ]
        clicked = [any(row["clicked_at"] for row in self.notified(one)) for one in offers]
        return {
            "threshold": threshold,
            "notices": len(alerts),
            "proposals": len(offers),
            "delivered": sum(self.arrived(one) for one in offers),
            "clicked": sum(clicked),
            "opportunities": len(deals),
            "won": sum(deal["stage"] == "closed_won" for deal in deals),
            "unsubscribes": len(refused),
        }

    def read_it(self, fact: Row, alert: Row) -> bool:
        after = fact["at"] - alert["reached_at"]
        return (
            fact["account"] == alert["account"]
            and timedelta() <= after <= 30 * DAY
            and any(
                row["decision"] == alert["decision"]
                and row["contact"] == fact["event"]["data"]["contact"]
                for row in self.history["notification"]
            )
        )

    # ---- satisfaction

    def balance(self) -> Answer:
        length = self.asked.until - self.asked.since
        now = self.won(self.asked.since, self.asked.until)
        before = self.won(self.asked.since - length, self.asked.since)
        told = self.received()
        plays = sorted({key for key, _ in (*now, *before) if key} | set(told))
        rows = [
            {"play": play, **row}
            for play in plays
            for row in self.compared(
                {c: v for (p, c), v in now.items() if p == play},
                {c: v for (p, c), v in before.items() if p == play},
                told[play],
            )
        ]
        everything: defaultdict[str, Any] = defaultdict(list)
        for one in told.values():
            for name, values in one.items():
                everything[name] = everything[name] + values
        totals = self.compared(self.by_currency(now), self.by_currency(before), everything)
        first = totals[0]
        if len(totals) > 1:
            first = {**first, "currency": None, "won_year": None, "change_percent": None}
        upsells = self.period_upsells(self.asked.since, self.asked.until)
        unknown = {account for account, row in upsells if delta(row) == "unknown"}
        return rows, {**first, "currencies": totals, "unknown": len(unknown)}

    @staticmethod
    def by_currency(won: dict[tuple[Any, str], Decimal]) -> dict[str, Decimal]:
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for (_, currency), amount in won.items():
            found[currency] += amount
        return found

    def won(self, since: datetime, until: datetime) -> dict[tuple[Any, str], Decimal]:
        found: defaultdict[tuple[Any, str], Decimal] = defaultdict(Decimal)
        for account, row in self.period_upsells(since, until):
            touches = self.touches(account, row)
            if delta(row) != "unknown":
                found[touches[0]["reason"] if touches else None, row["currency"]] += delta(row)
        return found

    def compared(self, now: Row, before: Row, told: Any) -> list[Row]:
        scores = told["scores"]
        rise = over(sum(after - before for before, after in scores), len(scores))
        counts = {
            name: len(told[name])
            for name in ("sent", "complained", "unsubscribed", "helpful", "unwanted")
        }
        shown = {
            "nps_delta": half_up(rise),
            "n": len(scores),
            "complaint_percent": pct(counts["complained"], counts["sent"]),
            "unsubscribe_percent": pct(counts["unsubscribed"], counts["sent"]),
            "helpful_percent": pct(counts["helpful"], counts["helpful"] + counts["unwanted"]),
            "low_n": counts["sent"] < 10,
        }
        currencies = sorted({*now, *before})
        nothing = {"currency": self.asked.currency, "won_year": None, "change_percent": None}
        return [
            {
                "currency": currency,
                "won_year": money(now.get(currency, 0), currency),
                "change_percent": pct(
                    now.get(currency, Decimal(0)) - before.get(currency, Decimal(0)),
                    before.get(currency),
                ),
                **shown,
            }
            for currency in currencies
        ] or [nothing | shown]

    def received(self) -> defaultdict[str, Any]:
        """By play: proposals sent, their scores, and the answers to them."""
        plays: defaultdict[str, Any] = defaultdict(lambda: defaultdict(list))
        facts = [one for one in self.history["fact"] if one["taken_back_at"] is None]
        for one in self.history["proposal"]:
            if not self.inside(one["at"]) or not self.was_sent(one):
                continue
            plays[one["reason"]]["sent"].append(one)
            scores = [
                fact
                for fact in facts
                if (fact["account"], fact["type"]) == (one["account"], "nps.responded")
            ]
            scores.sort(key=lambda fact: fact["at"])
            past = [fact for fact in scores if fact["at"] <= one["at"]]
            later = [fact for fact in scores if fact["at"] > one["at"]]
            if past and later:
                plays[one["reason"]]["scores"].append(
                    tuple(each["event"]["data"]["score"] for each in (past[-1], later[0]))
                )
        for fact in facts:
            data = fact["event"]["data"]
            if self.inside(fact["at"]) and fact["type"] in (
                "proposal.answered",
                "contact.unsubscribed",
            ):
                meant = [one for one in self.history["proposal"] if self.is_meant(one, fact)]
                if meant:
                    plays[meant[-1]["reason"]][data.get("answer", "unsubscribed")].append(fact)
        return plays

    @staticmethod
    def is_meant(proposal: Row, fact: Row) -> bool:
        data = fact["event"]["data"]
        contact = data.get("contact")
        if (
            proposal["account"] != fact["account"]
            or proposal["at"] > fact["at"]
            or proposal["state"] == "draft"
        ):
            return False
        if fact["type"] == "contact.unsubscribed":
            return proposal["channel"] == "message" and contact in proposal["contacts"]
        if "proposal" in data:
            return bool(proposal["id"] == data["proposal"])
        return contact is None or proposal["channel"] == "person" or contact in proposal["contacts"]


def band(part: int, whole: int, least: int, most: int) -> str | None:
    found = over(100 * part, whole)
    return (
        None if found is None else "below" if found < least else "in" if found <= most else "above"
    )


def size(employees: int | None) -> str | None:
    if not employees:
        return None
    if employees < 50:
        return "1-49"
    return "50-249" if employees < 250 else "250-999" if employees < 1000 else "1000+"


def add_months(moment: datetime, months: int) -> datetime:
    """The same day, or the last one that the month has."""
    year, month = moment.year + (moment.month - 1 + months) // 12, (moment.month - 1 + months) % 12
    for day in range(moment.day, 0, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError


def uplift(treated: Sequence[bool], other: Sequence[bool]) -> Row:
    names = ("points", "relative_percent", "z", "p", "ci")
    if not treated or not other:
        return {**dict.fromkeys(names), "conclusive": False, "verdict": "not conclusive",
                "needed_per_arm": None}  # fmt: skip
    n1, n0 = len(treated), len(other)
    p1, p0 = Fraction(sum(treated), n1), Fraction(sum(other), n0)
    both = Fraction(sum(treated) + sum(other), n1 + n0)
    error = sqrt(both * (1 - both) * (Fraction(1, n1) + Fraction(1, n0)))
    normal = NormalDist()
    z = float(p1 - p0) / error if error else None
    p = 2 * (1 - normal.cdf(abs(z))) if z is not None else None
    reach = normal.inv_cdf(0.975) * sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
    enough = min(n * share for n in (n1, n0) for share in (both, 1 - both)) >= 5
    conclusive = p is not None and p <= 0.05 and enough
    needed = None
    if p1 != p0:
        mean = (p1 + p0) / 2
        top = normal.inv_cdf(0.975) * sqrt(2 * mean * (1 - mean))
        top += normal.inv_cdf(0.8) * sqrt(p1 * (1 - p1) + p0 * (1 - p0))
        needed = ceil(top**2 / float(p1 - p0) ** 2)
    return {
        "points": half_up(100 * (p1 - p0)),
        "relative_percent": half_up(100 * (p1 - p0) / p0) if p0 else None,
        "z": None if z is None else half_up(Fraction(z), 2),
        "p": None if p is None else half_up(Fraction(p), 4),
        "ci": [half_up(Fraction(100 * (float(p1 - p0) + side * reach))) for side in (-1, 1)],
        "conclusive": conclusive,
        "verdict": None if conclusive else "not conclusive",
        "needed_per_arm": needed,
    }
