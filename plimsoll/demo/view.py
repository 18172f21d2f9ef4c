"""The content of the demo page, from the public API and the demo's own mailbox and CRM."""

import asyncio
import html
import json
import logging
import re
from typing import Any

import httpx
from babel.numbers import format_decimal

from plimsoll.demo.crm import KEY, Crm
from plimsoll.demo.mailbox import Mailbox
from plimsoll.demo.past import PAST
from plimsoll.demo.play import Play
from plimsoll.demo.simulator import Gone, Simulator
from plimsoll.demo.world import Resident
from shared.runtime.waits import pause
from shared.wording import gate_text, gate_title

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.7
CROWD_EVERY = 5
_BREAK = re.compile(r"<br\s*/?>\n?")
_GENERATION = re.compile(r"-\d+$")
_PLAINLY = (
    (re.compile(r"^[a-z]+(_[a-z]+)+: "), ""),
    (re.compile(r"opportunity [0-9a-f]{32}"), "the open opportunity"),
    (re.compile(r"( reached \d+)(?=$|,)"), r"\1 %"),
    (re.compile(r"(\b[\w-]+), \1\b"), r"\1"),
)
"""Replaces the API's codes and ids by words."""
_MOST_MAILS = 40
UNITS = {"call": {"en": "calls", "ja": "回"}, "seat": {"en": "users", "ja": "人"}}


class View:
    """The page's state as JSON text; `changed` wakes the streams."""

    def __init__(self, simulator: Simulator, mailbox: Mailbox, crm: Crm, deal: Play) -> None:
        self.simulator, self.mailbox, self.crm, self.deal = simulator, mailbox, crm, deal
        self.text = ""
        self.changed = asyncio.Condition()
        self._crowd: list[dict[str, Any]] = []
        self._plans: dict[str, dict[str, str]] = {}
        self._meters: dict[str, dict[str, str]] = {}
        self._names: dict[str, dict[str, str]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        looks = 0
        while not stop.is_set():
            try:
                await self._look(looks)
            except Gone:
                # The demo is being restarted: the page keeps its content until all accounts are
                # back.
                pass
            except httpx.HTTPError as fault:  # a service is restarting: the page keeps its content
                log.warning("the page is waiting for the services: %s", type(fault).__name__)
            looks += 1
            await pause(stop, LOOK_SECONDS)

    async def _look(self, looks: int) -> None:
        if not self._plans:
            await self._read_catalog()
        if looks % CROWD_EVERY == 0:
            self._crowd = [
                await self._crowd_member(one)
                for one in self.simulator.residents.values()
                if not one.featured
            ]
        feed, outcomes = await self._feed()
        accounts = [await self._account(one, outcomes) for one in self.simulator.featured]
        text = json.dumps(
            {
                "paused": self.simulator.paused,
                "speed": self.simulator.speed,
                "accounts": accounts,
                "population": self._crowd,
                "feed": feed,
                "mails": self._mails(),
                "mail_count": self.mailbox.count,
                "tasks": self._tasks(),
                "deal": self.deal.shown,
            },
            ensure_ascii=False,
        )
        if text != self.text:
            async with self.changed:
                self.text = text
                self.changed.notify_all()

    async def _read_catalog(self) -> None:
        catalog = await self.simulator.product.get("/v1/catalog")
        document = catalog.get("catalog", catalog)
        self._plans = {
            plan["id"]: _both(plan.get("name"), plan["id"]) for plan in document["plans"]
        }
        self._meters = {
            id: _both(meter.get("name"), id) for id, meter in document["meters"].items()
        }
        features = {
            id: _both(one.get("name"), id)
            for id, one in document.get("features", {}).items()
            if "_" in id
        }
        self._names = {**features, **self._plans, **self._meters}

    def _mails(self) -> list[dict[str, Any]]:
        """The newest mails in each language, with their accounts."""
        owners = {
            contact["email"]: (one, contact["locale"][:2])
            for one in self.simulator.residents.values()
            for contact in one.contacts()
        }
        homes = {address.rpartition("@")[2] for address in owners}
        found: list[dict[str, Any]] = []
        for mail in self.mailbox.mails:
            one, language = owners.get(mail.to, (None, "en"))
            if one is None and mail.to.rpartition("@")[2] in homes:
                continue  # from before the demo was restarted
            if sum(shown["lang"] == language for shown in found) < _MOST_MAILS:
                named = (
                    {"account": one.id, "name": one.title}
                    if one
                    else {"account": None, "name": None}
                )
                found.append(
                    {
                        "id": mail.id,
                        "to": mail.to,
                        "subject": mail.subject,
                        "at": mail.at.isoformat(),
                        "lang": language,
                        **named,
                    }
                )
        return found

    async def _account(self, one: Resident, outcomes: dict[str, str]) -> dict[str, Any]:
        seen = await self.simulator.refresh(one.id)
        return {
            "id": one.id,
            "key": one.key,
            "name": one.title,
            "product": one.product,
            "story": one.story,
            "plan": self._plans.get(seen["plan"], _both(None, seen["plan"] or "–")),
            "withheld": outcomes.get(one.id) == "withheld",
            "contacts": [
                {key: contact[key] for key in ("id", "name", "role", "locale")}
                for contact in one.contacts()
            ],
            "meters": [
                self._meter(meter) for meter in seen["meters"] if meter["meter"] in one.flows
            ],
        }

    def _meter(self, meter: dict[str, Any]) -> dict[str, Any]:
        return {
            "meter": meter["meter"],
            "name": self._meters.get(meter["meter"], meter["meter"]),
            "percent": meter["percent"],
            "amount": _amount(meter),
        }

    async def _crowd_member(self, one: Resident) -> dict[str, Any]:
        seen = await self.simulator.refresh(one.id)
        return {
            "id": one.id,
            "name": one.title,
            "percent": max((m["percent"] or 0 for m in seen["meters"]), default=0),
        }

    async def _feed(self) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """The newest alerts with their decisions, and each account's newest outcome."""
        decisions = (await self.simulator.product.get("/v1/decisions", limit=200))["data"]
        alerts = (await self.simulator.product.get("/v1/alerts", limit=100))["data"]
        outcome = {decision["id"]: decision["outcome"] for decision in decisions}
        newest: dict[str, str] = {}
        for decision in decisions:
            newest.setdefault(decision["account"], decision["outcome"])
        items = [item for alert in alerts for item in self._happenings(alert, outcome)]
        return sorted(items, key=lambda item: item["at"], reverse=True)[:60], newest

    def _happenings(self, alert: dict[str, Any], outcome: dict[str, str]) -> list[dict[str, Any]]:
        if not alert["notified"] or alert["account"] in PAST:
            return []
        resident = self.simulator.residents.get(alert["account"])
        if resident is None and self._was_here(alert["account"]):
            return []  # from before the demo was restarted: it is being erased
        threshold = alert["threshold"] if isinstance(alert["threshold"], int) else None
        shared = {
            "account": alert["account"],
            "name": resident.title if resident else _both(None, alert["account"]),
            "meter": self._meters.get(alert["meter"], alert["meter"]),
            "threshold": f"{threshold}%"
            if threshold is not None
            else str(alert["threshold"]["at"]),
            "level": threshold or alert["percent"] or 0,
            "decision": alert["decision"],
            "outcome": outcome.get(alert["decision"], ""),
            "state": alert["state"],
        }
        items = [
            shared | {"id": f"{alert['id']}-reached", "what": "reached", "at": alert["reached_at"]}
        ]
        if alert["state"] == "resolved":
            items.append(
                shared
                | {
                    "id": f"{alert['id']}-resolved",
                    "what": "resolved",
                    "at": alert["resolved_at"],
                    "resolution": alert["resolution"],
                    "outcome": "",
                    "decision": None,
                }
            )
        return items

    def _was_here(self, account: str) -> bool:
        return _GENERATION.sub("", account) in {
            one.key for one in self.simulator.residents.values()
        }

    async def why(self, account: str, language: str, decision: str | None) -> dict[str, Any]:
        """A decision with its gates in the visitor's language; by default the account's newest."""
        if decision is None:
            newest = (await self.simulator.product.get("/v1/decisions", account=account, limit=1))[
                "data"
            ]
            found = newest[0] if newest else None
        else:
            found = await self.simulator.product.get(f"/v1/decisions/{decision}")
        return {
            "decision": None if found is None else worded(found, language, self._names),
            "remedy": (found or {}).get("remedy"),
        }

    def _tasks(self) -> list[dict[str, Any]]:
        """Late ones from before the demo was restarted are left out."""
        tasks = []
        for task in self.crm.tasks():
            owners = [company.removeprefix("company-") for company in task["companies"]]
            one = next(
                (
                    self.simulator.residents[owner]
                    for owner in owners
                    if owner in self.simulator.residents
                ),
                None,
            )
            if one is not None or not any(map(self._was_here, owners)):
                tasks.append(_task(task, one))
        return sorted(tasks, key=lambda task: (task["status"] == "COMPLETED", -int(task["id"])))[
            :60
        ]


def _task(task: dict[str, Any], one: Resident | None) -> dict[str, Any]:
    """A task as in the CRM, where its body is HTML."""
    properties = task["properties"]
    shown = {
        key: properties.get(f"hs_task_{key}", "")
        for key in ("subject", "body", "status", "priority")
    }
    shown["body"] = html.unescape(_BREAK.sub("\n", shown["body"]))
    lang = one.locale[:2] if one else "en"
    return {
        "id": task["id"],
        "account": one and one.id,
        "lang": lang,
        "page": f"tasks/{properties[KEY]}" if properties.get(KEY) else None,
        "due": properties.get("hs_timestamp"),
        **shown,
    }


def _both(name: Any, fallback: str) -> dict[str, str]:
    return name if isinstance(name, dict) else {"en": name or fallback, "ja": name or fallback}


def _amount(meter: dict[str, Any]) -> dict[str, str]:
    def in_(language: str, amount: Any) -> str:
        if amount is None:
            return {"en": "unlimited", "ja": "無制限"}[language]
        if meter["unit"] == "byte":
            return f"{format_decimal(round(float(amount) / 1e9, 2), locale=language)} GB"
        return format_decimal(amount, locale=language)

    unit = UNITS.get(meter["unit"], {"en": "", "ja": ""})
    limit = None if meter["unlimited"] else meter["limit"]
    return {
        language: (
            f"{in_(language, meter['used'])} / {in_(language, limit)} {unit[language]}"
        ).strip()
        for language in ("en", "ja")
    }


def worded(
    decision: dict[str, Any], language: str, names: dict[str, dict[str, str]]
) -> dict[str, Any]:
    """The decision with a title and a sentence for each gate; plans, meters and features by
    name.
    """
    ids = (
        re.compile(
            r"(?<![\w-])("
            + "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
            + r")(?![\w-])"
        )
        if names
        else None
    )

    def named(text: str) -> str:
        return ids.sub(lambda found: names[found[0]][language], text) if ids else text

    def shown(gate: dict[str, Any]) -> dict[str, Any]:
        evidence = {
            name: value for name, value in (gate["evidence"] or {}).items() if name != "rule"
        }
        text = gate_text(gate | {"evidence": evidence}, language)
        for pattern, plainly in _PLAINLY:
            text = pattern.sub(plainly, text)
        return gate | {"label": gate_title(gate["gate"], language), "text": named(text)}

    return decision | {"gates": [shown(gate) for gate in decision["gates"]]}
