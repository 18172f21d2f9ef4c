"""What a report says, in a sentence: the count, and, of ten cases or more, the percentage. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from services.console.views.report import counts
from services.console.views.report.cells import signed
from services.console.views.report.tables import rows_of
from services.console.views.report.vocabulary import FEW, Found, Vocabulary

Finding = Callable[[Found, Vocabulary], list[str]]


def finding(name: str, found: Found, names: Vocabulary) -> str:
    """Empty if there is nothing to count."""
    if counts.is_empty(name, found):
        return ""
    told = _FINDINGS[name](found, names)
    return ("" if told[0].endswith("。") else " ").join(told)


def money(amount: Any, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def _conversion(found: Found, names: Vocabulary) -> list[str]:
    whole = found["totals"]
    told = [
        names.counted(
            "conversion",
            whole["qualified"],
            won=whole["won"],
            n=whole["qualified"],
            percent=whole["cohort_percent"],
            band=names.of("conversion_band", whole["band"]),
        )
    ]
    groups = [one for one in rows_of(found) if not one["low_n"]]
    if len(groups) > 1:
        best = max(groups, key=lambda one: one["cohort_percent"])
        said = {"won": best["won"], "n": best["qualified"], "percent": best["cohort_percent"]}
        told.append(names.say("finding.best", key=names.of("key", best["key"]), **said))
    return told


def _pipeline(found: Found, names: Vocabulary) -> list[str]:
    most = max(rows_of(found), key=lambda one: one["count"])
    whole = found["totals"]
    stage = names.of("stage", most["stage"])
    said = {"age": whole["mean_age_days"], "stage": stage, "most": most["count"]}
    return [names.say("finding.pipeline", n=whole["count"], **said)]


def _funnel(found: Found, names: Vocabulary) -> list[str]:
    return [
        names.counted(
            "funnel", one["eligible"], **_only(one, "eligible", "ready", "engaged", "won")
        )
        for one in rows_of(found)
    ]


def _owners(found: Found, names: Vocabulary) -> list[str]:
    rows = rows_of(found)
    told = [names.say("finding.owners", **{key: sum(one[key] for one in rows)
                                           for key in ("won", "lost")})]  # fmt: skip
    sure = [one for one in rows if not one["low_n"]]
    if sure:
        best = max(sure, key=lambda one: one["win_percent"])
        said = {"won": best["won"], "n": best["won"] + best["lost"], "percent": best["win_percent"]}
        told.append(names.say("finding.best", key=names.of("role", best["role"]), **said))
    elif rows:
        told.append(names.say("few"))
    return told


def _objections(found: Found, names: Vocabulary) -> list[str]:
    whole, rows = found["totals"], rows_of(found)
    most = max(rows, key=lambda one: one["raised"])
    return [
        names.counted(
            "objections",
            whole["raised"],
            **_only(whole, "raised", "resolved", "won"),
            percent=whole["resolved_percent"],
        ),
        names.say("finding.objections.most", objection=names.of("objection", most["objection"]),
                  n=most["raised"]),
    ]  # fmt: skip


def _handoffs(found: Found, names: Vocabulary) -> list[str]:
    told = []
    for one in rows_of(found):
        n = one["accepted"] + one["rejected"] + one["timed_out"]
        said = {"accepted": one["accepted"], "n": n, "requested": one["requested"]}
        if n:
            told.append(names.counted("handoffs", n, percent=one["acceptance_percent"], **said))
        else:
            told.append(names.say("finding.handoffs.open", n=one["requested"]))
        if one["median_hours"] is not None:
            told.append(names.say("finding.handoffs.hours", hours=one["median_hours"]))
    return told


def _missed(found: Found, names: Vocabulary) -> list[str]:
    fields = ("triggers", "told", "held", "pending", "missed")
    return [names.say("finding.missed", **_only(found["totals"], *fields))]


def _hygiene(found: Found, names: Vocabulary) -> list[str]:
    rows = rows_of(found)
    tasks = sum(one["kind"] == "task" for one in rows)
    return [names.say("finding.hygiene", tasks=tasks, opportunities=len(rows) - tasks)]


def _thresholds(found: Found, names: Vocabulary) -> list[str]:
    rows = rows_of(found)
    fields = ("notices", "proposals", "won")
    told = [names.say("finding.thresholds", **{key: sum(one[key] for one in rows)
                                               for key in fields})]  # fmt: skip
    best = max(rows, key=lambda one: one["won"])
    if best["won"]:
        said = {"threshold": best["threshold"], "won": best["won"]}
        told.append(names.say("finding.thresholds.best", **said))
    return told


def _amounts(found: Found, names: Vocabulary) -> list[str]:
    told = []
    for one in found["totals"]["currencies"]:
        sums = {key: money(one[key], one["currency"]) for key in ("sum", "median")}
        told.append(names.say("finding.amounts", n=one["upsells"], **sums))
        if one["ratio"] is not None:
            told.append(names.say("finding.amounts.ratio", ratio=one["ratio"]))
    return told


def _nrr(found: Found, names: Vocabulary) -> list[str]:
    return [
        names.say(
            "finding.nrr.few" if one["low_n"] or one["nrr_percent"] is None else "finding.nrr",
            n=one["accounts"],
            currency=one["currency"],
            percent=one["nrr_percent"],
            points=signed(one["plan_upgrade_points"] or 0),
            start=money(one["start"], one["currency"]),
            end=money(one["end"], one["currency"]),
        )
        for one in rows_of(found)
    ]


def _attribution(found: Found, names: Vocabulary) -> list[str]:
    said = {"credited": found["totals"]["credited"], "n": found["totals"]["upsells"]}
    return [names.say("finding.attribution", **said)]


def _costs(found: Found, names: Vocabulary) -> list[str]:
    told = []
    for one in rows_of(found):
        said = _only(one, "proposals", "won")
        if one["cost_per_won"] is None:
            told.append(names.say("finding.costs.none", **said))
            continue
        cost = money(one["cost_per_won"], one["currency"])
        told.append(names.say("finding.costs", cost=cost, **said))
        if one["won_ratio"] is not None:
            told.append(names.say("finding.costs.ratio", ratio=one["won_ratio"]))
    return told


def _ltv(found: Found, names: Vocabulary) -> list[str]:
    return [
        names.counted("ltv", one["accounts"], n=one["accounts"], months=one["months"],
                      ltv=money(one["ltv"], one["currency"]))
        for one in rows_of(found)
    ]  # fmt: skip


def _case_study(found: Found, names: Vocabulary) -> list[str]:
    told = []
    for one in found["totals"]["currencies"]:
        arms = {row["period"]: row for row in rows_of(found)
                if row["currency"] == one["currency"]}  # fmt: skip
        before, after = arms["before"], arms["after"]
        said = {"upgraded": after["upgraded"], "n": after["accounts"],
                "were": before["upgraded"], "m": before["accounts"]}  # fmt: skip
        n = min(before["accounts"], after["accounts"])
        points = None if one["points"] is None else signed(one["points"])
        key = "finding.case_study" if n >= FEW and points else "finding.case_study.few"
        told.append(names.say(key, currency=one["currency"], points=points or "–", **said))
    return told


def _first_year(found: Found, names: Vocabulary) -> list[str]:
    whole = found["totals"]
    return [
        names.counted(
            "first_year",
            whole["accounts"],
            upgraded=whole["upgraded"],
            n=whole["accounts"],
            percent=whole["percent"],
            band=names.of("first_year_band", whole["band"]),
        )
    ]


def _time_to_upsell(found: Found, names: Vocabulary) -> list[str]:
    whole = found["totals"]
    said = {"upgraded": whole["upgraded"], "n": whole["accounts"]}
    told = [names.counted("time_to_upsell", whole["accounts"], **said)]
    if whole["median_months"] is None:
        return [*told, names.say("finding.time_to_upsell.none")]
    return [*told, names.say("finding.time_to_upsell.median", months=whole["median_months"])]


def _retention(found: Found, names: Vocabulary) -> list[str]:
    arms = {one["arm"]: one for one in rows_of(found)}
    moved, others = arms["upgraded"], arms["others"]
    return [
        names.counted(
            "retention",
            min(moved["n"], others["n"]),
            retained=moved["retained"],
            n=moved["n"],
            percent=moved["percent"],
            stayed=others["retained"],
            m=others["n"],
            other=others["percent"],
        )
    ]


def _compared(found: Found, names: Vocabulary) -> list[str]:
    """Two arms, and whether the difference is more than chance."""
    told = [
        names.counted("arm", one["accounts"], arm=names.of("arm", one["arm"]),
                      upgraded=one["upgraded"], n=one["accounts"], percent=one["percent"])
        for one in rows_of(found)
    ]  # fmt: skip
    whole = found["totals"]
    if whole["points"] is None:
        return [*told, names.say("finding.uplift.none")]
    if min(one["accounts"] for one in rows_of(found)) < FEW:
        return [*told, names.say("few")]
    low, high = (signed(one) for one in whole["ci"])
    said = {"points": signed(whole["points"]), "low": low, "high": high}
    told.append(names.say("finding.uplift", **said))
    if whole["conclusive"]:
        told.append(names.say("finding.uplift.sure", p=whole["p"]))
    elif whole["needed_per_arm"] is not None:
        told.append(names.say("finding.uplift.unsure", n=whole["needed_per_arm"]))
    else:
        told.append(names.say("finding.uplift.no"))
    return told


def _plays(found: Found, names: Vocabulary) -> list[str]:
    rows = rows_of(found)
    paused = sum(one["paused"] is not None for one in rows)
    told = [names.say("finding.plays", n=len(rows), sent=sum(one["sent"] for one in rows))]
    return [*told, names.say("finding.plays.paused", n=paused)] if paused else told


def _readiness(found: Found, names: Vocabulary) -> list[str]:
    return [names.say("finding.readiness", n=found["asked"], qualified=found["qualified"])]


def _plans(found: Found, names: Vocabulary) -> list[str]:
    told = [
        names.counted("plans", one["customers"], percent=one["percent"], n=one["customers"],
                      family=one["family"])
        for one in found["target"]
    ]  # fmt: skip
    return [*told, names.say("finding.plans.early", n=len(found["warnings"]))]


def _balance(found: Found, names: Vocabulary) -> list[str]:
    whole = found["totals"]
    told = []
    for one in whole["currencies"]:
        if one["currency"] is None:
            continue
        won = money(one["won_year"], one["currency"])
        change = one["change_percent"]
        key = "finding.balance" if change is not None else "finding.balance.new"
        told.append(names.say(key, won=won, change=None if change is None else signed(change)))
    if whole["nps_delta"] is None:
        return [*told, names.say("finding.balance.silent")]
    said = {"delta": signed(whole["nps_delta"]), "n": whole["n"]}
    return [*told, names.counted("balance.nps", whole["n"], **said)]


def _only(row: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    return {name: row[name] for name in fields}


_FINDINGS: Mapping[str, Finding] = {
    "amounts": _amounts,
    "attribution": _attribution,
    "balance": _balance,
    "case_study": _case_study,
    "conversion": _conversion,
    "costs": _costs,
    "experiment": _compared,
    "first_year": _first_year,
    "funnel": _funnel,
    "handoffs": _handoffs,
    "holdout": _compared,
    "hygiene": _hygiene,
    "ltv": _ltv,
    "missed": _missed,
    "nrr": _nrr,
    "objections": _objections,
    "owners": _owners,
    "pipeline": _pipeline,
    "plans": _plans,
    "plays": _plays,
    "readiness": _readiness,
    "retention": _retention,
    "thresholds": _thresholds,
    "time_to_upsell": _time_to_upsell,
}
