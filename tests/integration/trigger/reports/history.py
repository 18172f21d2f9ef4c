"""Two years of a company's customers, generated from a seed: rows as the services leave them.

Nothing here knows what a report asks; `reference.py` reads the same rows and reckons slowly.
"""

import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

Row = dict[str, Any]

BEGIN = datetime(2023, 10, 1, tzinfo=UTC)
NOW = datetime(2025, 10, 15, 7, 30, tzinfo=UTC)
FAMILIES = {"main": ["starter", "pro", "enterprise"], "jp": ["basic", "standard"]}
CURRENCIES = {"main": "USD", "jp": "JPY"}
FEATURES = {"starter": ["core"], "pro": ["core", "sso"], "enterprise": ["core", "sso", "audit"]}
SALT = "of the experiment"
_PLAYS = ("usage_limit", "nps_high", "renewal")
_STAGES = ("identified", "qualified", "engaged", "proposal", "negotiation")
_MOVING = ("opened", "move")
_LINE = {"id": "1", "type": "plan_upgrade", "item": "pro", "state": "open", "won_at": None}
_OBJECTIONS = ("too_expensive", "too_expensive", "unsure_need", "budget_process", "none")
_ENDS = (("accept",), ("reject",), ("timed_out",), ("withdrawn",), ("accept", "returned"), ())
_LOSSES = ("price", "timing", "budget", "competitor", "handoff_failure", "no_response", "other")


def catalog() -> dict[str, Any]:
    """Two families in two currencies; what anything costs; an experiment."""
    meters = {"seats": {"event": "seat.changed", "aggregation": "sum", "value": "delta",
                        "reset": "never", "unit": "seat"}}  # fmt: skip
    plans = [
        {
            "id": plan,
            "family": family,
            "rank": rank,
            "currency": CURRENCIES[family],
            "price": {"month": rank * 100, "year": rank * 1000},
            "limits": {"seats": 5 * rank},
            "features": FEATURES.get(plan, ["core"]),
        }
        for family, names in FAMILIES.items()
        for rank, plan in enumerate(names, 1)
    ]
    policy = {
        "costs": {"currency": "USD", "acquisition": "3000", "proposal": "70"},
        "experiment": {"id": "first-offer", "salt": SALT, "arms": {"a": 80, "b": 90}},
    }
    return {"currency": "USD", "meters": meters, "plans": plans, "policy": policy}


@dataclass
class History:
    """`rows`: by table."""

    seed: int
    accounts: int = 160
    rows: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    count: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        for n in range(self.accounts):
            self._account(f"acct-{n:03}")

    def __getitem__(self, table: str) -> list[Row]:
        return self.rows[table]

    # ---- dice

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.count:05}"

    def chance(self, percent: int) -> bool:
        return self.dice.randrange(100) < percent

    def moment(self, since: datetime, until: datetime) -> datetime:
        """Mostly some second; often a midnight, where days begin and end."""
        at = since + timedelta(seconds=self.dice.randrange(int((until - since).total_seconds())))
        return at.replace(hour=0, minute=0, second=0) if self.chance(20) else at

    def later(self, at: datetime, days: int) -> datetime:
        return min(at + timedelta(seconds=self.dice.randrange(1, days * 86_400)), NOW)

    # ---- accounts and what they are subscribed to

    def _account(self, id: str) -> None:
        start = self.moment(BEGIN, NOW - timedelta(days=1))
        since = start - timedelta(days=self.dice.randrange(90)) if self.chance(15) else None
        self["account"].append(
            {
                "id": id,
                "name": id,
                "locale": "en",
                "time_zone": "UTC",
                "segment": self.dice.choice(["smb", "mid", None]),
                "employees": self.dice.choice([None, 3, 49, 50, 249, 250, 999, 1000, 5000]),
                "customer_since": since,
                "external_ids": {},
                "created_at": start,
                "updated_at": start,
            }
        )
        self._subscriptions(id, "jp" if self.chance(25) else "main", start)
        for _ in range(self.dice.randrange(4)):
            self._decision(id)
        for _ in range(self.dice.randrange(3)):
            self._opportunity(id)
        for _ in range(self.dice.randrange(4)):
            self._fact(id, "nps.responded", {"score": self.dice.randrange(11)}, self._any_time())

    def _any_time(self) -> datetime:
        return self.moment(BEGIN, NOW)

    def _subscriptions(self, account: str, family: str, at: datetime) -> None:
        plans, currency = FAMILIES[family], CURRENCIES[family]
        plan: str | None = None
        rank, arr = self.dice.randrange(len(plans)), self._amount(currency)
        while at < NOW:
            before, paid = plan, None if plan is None else arr
            if plan is None:
                kind = "reactivation" if self._changes(account) else "new"
                plan = plans[rank]
            else:
                kind = self.dice.choice(
                    ["plan_upgrade"] * 5
                    + ["downgrade", "seat_expansion", "limit_add_on", "cross_sell"]
                    + ["price_change", "contraction", "churn"]
                )
                rank, plan = self._moved(kind, rank, plan, plans)
                if before == plan and kind in ("plan_upgrade", "downgrade"):
                    kind = "price_change"
                step = self._amount(currency) / 4
                arr = max(arr + (step if self._grows(kind) else -step), Decimal(1))
                arr = arr.quantize(Decimal(1) if currency == "JPY" else Decimal("0.01"))
            self._change(account, at, kind, currency, before, plan, paid, arr)
            at = self.later(at, 400)

    def _changes(self, account: str) -> list[Row]:
        return [row for row in self["plan_change"] if row["account"] == account]

    def _moved(self, kind: str, rank: int, plan: str, plans: list[str]) -> tuple[int, str | None]:
        if kind == "churn":
            return rank, None
        rank += {"plan_upgrade": 1, "downgrade": -1}.get(kind, 0)
        rank = min(max(rank, 0), len(plans) - 1)
        return rank, plans[rank]

    def _grows(self, kind: str) -> bool:
        return self.chance(50) if kind == "price_change" else kind not in (
            "downgrade", "contraction"
        )  # fmt: skip

    def _amount(self, currency: str) -> Decimal:
        cents = Decimal(self.dice.randrange(10_000, 5_000_000))
        return cents if currency == "JPY" else cents / 100

    def _change(
        self,
        account: str,
        at: datetime,
        kind: str,
        currency: str,
        before: str | None,
        after: str | None,
        paid: Decimal | None,
        arr: Decimal,
    ) -> None:
        unknown = self.chance(2)
        held = {"effective_at": at, "at": self.later(at, 2)} if self.chance(50) else {"at": at}
        self["plan_change"].append(
            {
                "account": account,
                "effective_at": None,
                **held,
                "kind": kind,
                "currency": currency,
                "from_plan": before,
                "to_plan": after,
                "from_version": 1 if before else None,
                "to_version": 1 if after else None,
                "arr_before": paid if before else None,
                "arr_after": None if after is None or unknown else arr,
            }
        )
        if after is None and self.chance(60):
            data = {"at": at.isoformat(), "reason": self.dice.choice(["missing_feature", "price"])}
            features = self.dice.sample(["core", "sso", "audit", "fax"], 2)
            self._fact(account, "subscription.cancelled", data | {"features": features}, at)

    def _fact(self, account: str, type: str, data: Row, at: datetime) -> None:
        self["fact"].append(
            {
                "account": account,
                "source": "/test",
                "id": self.name("fact"),
                "type": type,
                "at": at,
                "received_at": at,
                "event": {"data": data},
                "taken_back_at": NOW if self.chance(5) else None,
            }
        )

    # ---- decisions, alerts, proposals

    def _decision(self, account: str) -> None:
        at, id = self._any_time(), self.name("decision")
        outcome = self.dice.choice(
            ["proposal", "assisted", "assisted", "notice", "withheld", "none", "failed"]
        )
        held = self.chance(30)
        experiment = held and self.chance(30)
        reason = "experiment: first offer at 90" if experiment else "in the holdout"
        tried = {"experiment": "first-offer", "arm": self.dice.choice("ab")}
        gate = {
            "gate": "holdout",
            "result": "block" if held else "pass",
            "reason": reason,
            "evidence": tried if self.chance(80) else {"percent": 10},
        }
        self["decision"].append(
            {
                "id": id,
                "account": account,
                "cause": self.dice.choice(["usage.threshold", "nps.responded", "schedule"]),
                "at": at,
                "outcome": outcome,
                "body": {
                    "signals": ["usage_limit"] if self.chance(85) else [],
                    "gates": [{"gate": "notice", "result": "block", "reason": "x"}, gate],
                },
            }
        )
        if self.chance(70):
            self._alert(account, id, at)
        if outcome in ("proposal", "assisted"):
            self._proposal(account, id, at, assisted=outcome == "assisted")
        if outcome == "assisted" and self.chance(80):
            self._task(account, id, at)

    def _alert(self, account: str, decision: str, at: datetime) -> None:
        for threshold in self.dice.sample(["80", "90", "95", "100", "at:500"], 2):
            self["alert"].append(
                {
                    "id": self.name("alert"),
                    "account": account,
                    "meter": "seats",
                    "period_start": BEGIN,
                    "threshold": threshold,
                    "epoch": self.name("epoch"),
                    "state": "open",
                    "again": False,
                    "used": 5,
                    "limit": 5,
                    "percent": 100,
                    "reached_at": at,
                    "notified": self.chance(60),
                    "decision": decision,
                }
            )

    def _proposal(self, account: str, decision: str, at: datetime, *, assisted: bool) -> None:
        id = self.name("proposal")
        channel = "person" if assisted else self.dice.choice(["message", "message", "quote"])
        plans = FAMILIES[self.dice.choice(["main", "main", "jp"])]
        contacts = self.dice.sample(["c1", "c2"], self.dice.randrange(1, 3))
        self["proposal"].append(
            {
                "id": id,
                "account": account,
                "plan": self.dice.choice(plans),
                "at": at,
                "channel": channel,
                "reason": self.dice.choice(_PLAYS),
                "counts": True,
                "contacts": contacts,
                "currency": self.dice.choice(["USD", "USD", "JPY"]),
                "decision": decision,
                "add_on": "analytics" if self.chance(8) else None,
                "state": self.dice.choice(["sent", "sent", "draft", "expired", None]),
            }
        )
        notices = [one["id"] for one in self["alert"] if one["decision"] == decision]
        if channel == "message":
            key, proposes = id, True
            if notices and self.chance(50):
                key = self.dice.choice([notices[0], f"{notices[0]}-offer"])
                proposes = self.chance(70)
            for contact in contacts:
                self._notified(account, key, decision, contact, at, proposes=proposes)
        self["proposal"][-1] |= {
            "opportunity": self.dice.choice([row["id"] for row in self["opportunity"]] or [None]),
            "expires_at": at + timedelta(days=30),
        }
        self._replied(account, id, at)

    def _replied(self, account: str, id: str, at: datetime) -> None:
        answer = self.dice.choice(["helpful", "unwanted", "complained", "declined"])
        data = {"answer": answer} | ({"contact": self.dice.choice(["c1", "c2"])} if
                                     self.chance(60) else {})  # fmt: skip
        if self.chance(50):
            named = {"proposal": id} if self.chance(30) else {}
            self._fact(account, "proposal.answered", data | named, self.later(at, 40))
        if self.chance(25):
            self._fact(account, "contact.unsubscribed",
                       {"contact": self.dice.choice(["c1", "c2"])}, self.later(at, 45))  # fmt: skip

    def _notified(
        self, account: str, key: str, decision: str, contact: str, at: datetime, *, proposes: bool
    ) -> None:
        id = self.name("notification")
        self["notification"].append(
            {
                "id": id,
                "key": key,
                "recipient": f"contact:{contact}",
                "account": account,
                "contact": contact,
                "kind": "upgrade.proposal",
                "class": "proposal",
                "decision": decision,
                "proposes": "pro" if proposes else None,
                "facts": {},
                "created_at": at,
                "clicked_at": self.later(at, 3) if self.chance(30) else None,
            }
        )
        self["delivery"].append(
            {
                "id": self.name("delivery"),
                "notification": id,
                "account": account,
                "channel": "email",
                "lane": id,
                "attempts": 1,
                "step": 0,
                "by_hand": False,
                "in_doubt": False,
                "repeated": False,
                "claim": 1,
                "state": self.dice.choice(["delivered", "delivered", "dead", "suppressed"]),
                "deadline_at": at,
                "created_at": at,
            }
        )

    def _task(self, account: str, decision: str, at: datetime) -> None:
        id, due = self.name("task"), self.later(at, 9)
        closed = self.later(at, 30) if self.chance(50) else None
        self["task"].append(
            {
                "id": id,
                "account": account,
                "type": "expansion",
                "reason": "opportunity",
                "about": id,
                "words": {},
                "priority": "high",
                "state": "closed_success" if closed else self.dice.choice(["open", "snoozed"]),
                "owner_role": "cs",
                "owner_id": self.dice.choice(["u7", None]),
                "opened_at": at,
                "due_at": due,
                "decision": decision if self.chance(50) else None,
                "closed_at": closed,
                "revision": 1,
            }
        )
        log = [("opened", at, "plimsoll", "judgement", {"decision": decision})]
        if self.chance(60):
            by = self.dice.choice([("person", "u7"), ("plimsoll", "crm"), ("plimsoll", "timer")])
            log.append(("start", self.later(at, 5), *by, {}))
        self._log(account, "task", id, log)

    def _log(self, account: str, kind: str, subject: str, log: list[Any]) -> list[str]:
        ids = []
        for seq, (type, at, by_kind, by_id, body) in enumerate(log, 1):
            ids.append(self.name("entry"))
            self["entry"].append(
                {
                    "id": ids[-1],
                    "account": account,
                    "kind": kind,
                    "subject": subject,
                    "seq": seq,
                    "type": type,
                    "at": at,
                    "by_kind": by_kind,
                    "by_id": by_id,
                    "body": body,
                }
            )
        return ids

    # ---- opportunities

    def _opportunity(self, account: str) -> None:
        id, at = self.name("deal"), self._any_time()
        decision = self.dice.choice([row["id"] for row in self["decision"]] or [None])
        role = self.dice.choice(["self_serve", "cs", "cs", "hybrid", "sales"])
        head = {
            "id": id,
            "account": account,
            "from_plan": self.dice.choice(["starter", "pro"]),
            "to_plan": id,
            "owner": {"role": role, "id": self.dice.choice(["u7", "u7", None]), "name": None},
            "owner_rule": "OWN-1",
            "reasons": self.dice.sample(_PLAYS, self.dice.randrange(3)),
            "currency": self.dice.choice(["USD", "USD", "USD", "JPY"]),
            "decision": decision if self.chance(50) else None,
            "created_at": at,
            "person_entry": self.chance(40),
            "told": [],
            "scenarios": [],
            "credit": [],
            "external_ids": {},
            "needs_quote": self.chance(10),
            "proposal_expired": self.chance(10),
            "handoff_waiting": self.chance(10),
            "next_due": self._any_time().date() if self.chance(40) else None,
        }
        if self.chance(10):
            self._without_log(head)
        else:
            self._with_log(head, role, decision)

    def _without_log(self, head: Row) -> None:
        stage = self.dice.choice(["identified", "qualified", "closed_won", "closed_lost"])
        closed = self.later(head["created_at"], 60) if stage.startswith("closed") else None
        self["opportunity"].append(
            {**head, "stage": stage, "stage_since": None, "closed_at": closed,
             "loss_reason": None, "add_on": None, "revision": 0}
        )  # fmt: skip

    def _with_log(self, head: Row, role: str, decision: str | None) -> None:
        body = {"stage": "identified", "decision": decision, "lines": [_LINE]}
        log: list[Any] = [
            ("opened", head["created_at"], "plimsoll", "judgement", body | {"owner": head["owner"]})
        ]
        for _ in range(self.dice.randrange(9)):
            self._doing(log)
        closed = loss = None
        if self.chance(55):
            loss = self._closing(log, role)
            closed = log[-1][1]
            if loss is None:
                head = head | {"owner": {"role": "cs", "id": "u7", "name": "Kato"}}
        ids = self._log(head["account"], "opportunity", head["id"], log)
        for row in self["entry"][-len(ids) :]:
            if row["type"] == "outcome":
                row["body"] = row["body"] | {"objection": ids[row["body"]["objection"]]}
        moves = [(one[1], one[4].get("to", "identified")) for one in log if one[0] in _MOVING]
        since, stage = moves[-1]
        ends = {"closed_at": closed, "loss_reason": loss, "add_on": None, "revision": len(log)}
        self["opportunity"].append({**head, "stage": stage, "stage_since": since, **ends})

    def _doing(self, log: list[Any]) -> None:
        """A move, an objection and what became of it, a hand-off."""
        at = self.later(log[-1][1], 25)
        by = self.dice.choice([("person", "u7"), ("plimsoll", "timer")])
        kind = self.dice.choice(["move", "move", "move", "objection", "outcome", "handoff"])
        raised = [n for n, one in enumerate(log) if one[0] == "objection"]
        if kind == "move":
            stages = [one[4].get("to", "identified") for one in log if one[0] in _MOVING]
            log.append(("move", at, *by, {"to": self._next_stage(stages[-1])}))
        elif kind == "objection":
            log.append(("objection", at, *by, {"objection": self.dice.choice(_OBJECTIONS)}))
        elif kind == "outcome" and raised:
            result = self.dice.choice(["resolved", "resolved", "unresolved"])
            named = {"objection": self.dice.choice(raised), "result": result}
            log.append(("outcome", at, *by, named))
        elif kind == "handoff":
            log.append(("handoff", at, *by, {"action": "request", "to": "s1"}))
            for action in self.dice.choice(_ENDS):
                at = self.later(at, 3)
                log.append(("handoff", at, *by, {"action": action}))

    def _closing(self, log: list[Any], role: str) -> str | None:
        """Why it was lost; None: it was won."""
        at = self.later(log[-1][1], 25)
        loss = self.dice.choice([None, self.dice.choice(_LOSSES)])
        if loss is None and self.chance(60):
            won = _LINE | {"state": "won", "won_at": at.isoformat()}
            log.append(("line", at, "plimsoll", "subscription", won))
        to = "closed_lost" if loss else "closed_won"
        log.append(("move", at, "person", "u7", {"to": to, "role": role, "reason": loss}))
        return loss

    def _next_stage(self, stage: str) -> str:
        if self.chance(12):
            return self.dice.choice(["nurture", "disqualified"])
        place = _STAGES.index(stage) if stage in _STAGES else 0
        step = 1 if self.chance(85) else -1
        return _STAGES[min(max(place + step, 0), len(_STAGES) - 1)]


ORDER = (
    "account",
    "plan_change",
    "decision",
    "alert",
    "proposal",
    "notification",
    "delivery",
    "opportunity",
    "task",
    "entry",
    "fact",
)


async def store(history: History, database_url: str) -> None:
    """Through JSON, so that each column is read as its type."""
    connection = await asyncpg.connect(database_url)
    try:
        for table in ORDER:
            rows = history[table]
            columns = ", ".join(f'"{name}"' for name in rows[0])
            await connection.execute(
                f"insert into {table} ({columns}) select {columns} "
                f"from jsonb_populate_recordset(null::{table}, $1)",
                json.dumps(rows, default=str),
            )
        await connection.execute("analyze")
    finally:
        await connection.close()
