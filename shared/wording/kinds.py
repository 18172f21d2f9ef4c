"""Formats each kind of variable. Variables have JSON form, because they are part of messages and
stored decisions.

A name is a string, `{"en", "ja"}`, or anything with a `name` of that form (a plan, a meter); a
number is a decimal string; money is `{"amount": "20000", "currency": "JPY"}`; a person is `{"name",
"email"}`; days and times are ISO 8601 (a time is shown in the variable `time_zone`, in UTC without
one). `s` is the end of an English noun after a number: `{n:number} account{n:s}`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shared.values.characters import shown
from shared.values.money import format_money, format_monthly_price
from shared.wording.amounts import amount_text, limit_text, share_text, threshold_text
from shared.wording.language import (
    date_text,
    is_japanese,
    language,
    list_text,
    moment_text,
    number_text,
)

Given = Mapping[str, Any]
Kind = Callable[[Any, Given, str], str]

_ROLES = {
    "sales": ("営業担当者", "sales reps"),
    "engineering": ("エンジニア", "engineers"),
    "support": ("サポート担当者", "support agents"),
    "marketing": ("マーケティング担当者", "marketers"),
}
_PERIODS = {"week": ("週", "week"), "month": ("月", "month")}
_BASES = {"per_person": ("一人あたり", "per person"), "team_total": ("チーム全体", "whole team")}
_CSM = {"dedicated": ("専任CSM", "a dedicated CSM"), "assigned": ("担当CSM", "an assigned CSM")}


def text_of(value: Any, locale: str) -> str:
    """A name in the reader's language."""
    named = value if isinstance(value, str) else value.get("name", value)
    return shown(named if isinstance(named, str) else str(named[language(locale)]))


def plan_noun(value: Any, locale: str) -> str:
    """`大容量プラン`, `Enterpriseプラン`; in English the template adds the words (`the Enterprise
    plan`).
    """
    name = text_of(value, locale)
    return f"{name.removesuffix('プラン')}プラン" if language(locale) == "ja" else name


def bare_plan(value: Any, locale: str) -> str:
    """A plan on its own: a Latin name needs no プラン (`Enterprise`), a Japanese one does
    (`プレミアムプラン`).
    """
    name = text_of(value, locale)
    return plan_noun(name, locale) if is_japanese(name) else name


def hours_text(value: Any, locale: str) -> str:
    """`10時間`, `1 hour`; words are used unchanged (`週[X時間]節約し`)."""
    if not is_number(value):
        return text_of(value, locale)
    if language(locale) == "ja":
        return f"{number_text(Decimal(value), locale)}時間"
    return f"{number_text(Decimal(value), locale)} hour{'' if Decimal(value) == 1 else 's'}"


def is_number(value: Any) -> bool:
    if isinstance(value, int | Decimal):
        return True
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except ArithmeticError:
        return False


def unit_of(given: Given) -> str:
    meter = given.get("meter")
    return str(meter["unit"]) if isinstance(meter, Mapping) and "unit" in meter else ""


def decimal_or_none(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def level_of(value: Any) -> int | Decimal:
    """A threshold: a percentage, or `{"at": "9000000000"}` (inside: a Decimal)."""
    if isinstance(value, Decimal):
        return value
    return Decimal(value["at"]) if isinstance(value, Mapping) else int(value)


def when_text(value: Any, given: Given, locale: str) -> str:
    if len(str(value)) == len("2025-12-15"):
        return date_text(date.fromisoformat(value), locale)
    return moment_text(datetime.fromisoformat(value), str(given.get("time_zone") or "UTC"), locale)


def day_text(value: Any, given: Given, locale: str) -> str:
    """Only the day, even of a time."""
    if len(str(value)) == len("2025-12-15"):
        return date_text(date.fromisoformat(value), locale)
    return date_text(
        datetime.fromisoformat(value)
        .astimezone(ZoneInfo(str(given.get("time_zone") or "UTC")))
        .date(),
        locale,
    )


def _money(value: Any, locale: str, *, signed: bool = False, exact: bool = False) -> str:
    return format_money(
        Decimal(value["amount"]), value["currency"], locale, "exact" if exact else "short", signed
    )


def _pair(table: Mapping[str, tuple[str, str]], value: str, locale: str) -> str:
    japanese, english = table[value]
    return japanese if language(locale) == "ja" else english


def role_text(value: Any, locale: str) -> str:
    """Who is hired: a known team in words (`営業担当者`), anything else as stated."""
    known = _ROLES.get(value.lower()) if isinstance(value, str) else None
    return text_of(value, locale) if known is None else known[0 if language(locale) == "ja" else 1]


def person_text(value: Any, locale: str) -> str:
    """`Katoさん(kato@example.com)`, `Kato (kato@example.com)`."""
    known = text_of(value, locale)
    name, space = (f"{known}さん", "") if language(locale) == "ja" else (known, " ")
    return f"{name}{space}({value['email']})" if value.get("email") else name


def item_text(value: Any, locale: str) -> str:
    """An add-on and its count: `2 x Storage pack`, `ストレージパック2個`; single units are
    formatted like limits (`9 users`).
    """
    name, count = text_of(value, locale), Decimal(value.get("quantity") or 1)
    if value.get("unit"):
        return limit_text(count, str(value["unit"]), name, locale)
    if count == 1:
        return name
    return (
        f"{name}{number_text(count, locale)}個"
        if language(locale) == "ja"
        else f"{number_text(count, locale)} x {name}"
    )


def _level(value: Any, given: Given, locale: str) -> str:
    """English only, followed by the meter: `90% of your limit for storage`, `9 GB of storage`."""
    level, name = level_of(value), text_of(given["meter"], locale)
    text = threshold_text(level, unit_of(given), locale)
    return f"{text} of your limit for {name}" if isinstance(level, int) else f"{text} of {name}"


def _limit(value: Any, given: Given, locale: str) -> str:
    return limit_text(
        decimal_or_none(value), unit_of(given), text_of(given["meter"], locale), locale
    )


def _share(value: Any, given: Given, locale: str) -> str:
    return share_text(
        Decimal(value),
        decimal_or_none(given.get("limit")),
        given.get("percent"),
        unit_of(given),
        locale,
    )


KINDS: Mapping[str, Kind] = {
    "": lambda value, given, locale: (
        text_of(value, locale) if not isinstance(value, int) else str(value)
    ),
    "name": lambda value, given, locale: text_of(value, locale),
    "item": lambda value, given, locale: item_text(value, locale),
    "plan": lambda value, given, locale: plan_noun(value, locale),
    "bare": lambda value, given, locale: bare_plan(value, locale),
    "number": lambda value, given, locale: number_text(Decimal(value), locale),
    "hours": lambda value, given, locale: hours_text(value, locale),
    "s": lambda value, given, locale: "" if Decimal(value) == 1 else "s",
    "money": lambda value, given, locale: _money(value, locale),
    "exact": lambda value, given, locale: _money(value, locale, exact=True),
    "signed": lambda value, given, locale: _money(value, locale, signed=True),
    "monthly": lambda value, given, locale: format_monthly_price(
        Decimal(value["amount"]), value["currency"], locale
    ),
    "threshold": lambda value, given, locale: threshold_text(
        level_of(value), unit_of(given), locale
    ),
    "level": _level,
    "amount": lambda value, given, locale: amount_text(
        Decimal(value), unit_of(given), locale, like=decimal_or_none(given.get("limit"))
    ),
    "share": _share,
    "limit": _limit,
    "when": when_text,
    "day": day_text,
    "period": lambda value, given, locale: _pair(_PERIODS, value, locale),
    "basis": lambda value, given, locale: _pair(_BASES, value, locale),
    "csm": lambda value, given, locale: _pair(_CSM, value, locale),
    "role": lambda value, given, locale: role_text(value, locale),
    "person": lambda value, given, locale: person_text(value, locale),
    "list": lambda value, given, locale: list_text(
        [text_of(item, locale) for item in value], locale
    ),
}
NULLABLE = frozenset({"limit"})
"""Kinds with a word for null: unlimited."""
