"""Amounts of a meter in words: `9 GB/10 GB (90%)`, `24/25 (96%)`, `無制限ユーザー`.

Displayed amounts are rounded down, so that nothing looks reached before it is.
"""

from decimal import ROUND_DOWN, Decimal

from shared.values.quantities import EXACT
from shared.wording.language import language, number_text

BYTE = "byte"
_HEADCOUNT = frozenset({"seat", "user", "member"})
_STEPS: dict[int, tuple[str, ...]] = {
    1000: ("B", "kB", "MB", "GB", "TB", "PB"),
    1024: ("B", "KiB", "MiB", "GiB", "TiB", "PiB"),
}
_CENT = Decimal("0.01")
_FEWEST, _MOST = 2, 26
"""The most decimals shown, enough for any two amounts to differ: nine, plus those of a byte in
peta- or pebibytes.
"""


def amount_text(
    amount: Decimal, unit: str, locale: str, *, like: Decimal | None = None, decimals: int = _FEWEST
) -> str:
    """One amount; bytes in the largest unit that fits, in the same system (GB or GiB) as `like`,
    the amount next to it.
    """
    if unit == BYTE:
        return _bytes_text(
            amount, 1024 if _is_binary(amount if like is None else like) else 1000, locale, decimals
        )
    return number_text(_cut(amount, decimals), locale)


def pair_text(used: Decimal, limit: Decimal, unit: str, locale: str) -> tuple[str, str]:
    """The used amount and the limit, with enough decimals to tell them apart unless all is used."""
    for decimals in range(_FEWEST, _MOST + 1):
        texts = (
            amount_text(used, unit, locale, like=limit, decimals=decimals),
            amount_text(limit, unit, locale, decimals=decimals),
        )
        if texts[0] != texts[1] or used >= limit:
            break
    return texts


def _cut(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN, EXACT)


def _is_binary(amount: Decimal) -> bool:
    """Whether an amount of bytes was meant in powers of 1024: whole in those (10 GiB), but long in
    powers of 1000.
    """
    return (
        amount > 0
        and EXACT.remainder(amount, Decimal(1024)) == 0
        and EXACT.remainder(_scaled(amount, 1000)[0], _CENT) != 0
    )


def _scaled(amount: Decimal, base: int) -> tuple[Decimal, int]:
    power = 0
    while abs(amount) >= base and power < len(_STEPS[base]) - 1:
        amount, power = EXACT.divide(amount, Decimal(base)), power + 1
    return amount, power


def _bytes_text(amount: Decimal, base: int, locale: str, decimals: int) -> str:
    scaled, power = _scaled(amount, base)
    return f"{number_text(_cut(scaled, decimals), locale)} {_STEPS[base][power]}"


def share_text(
    used: Decimal, limit: Decimal | None, percent: int | None, unit: str, locale: str
) -> str:
    """`24/25 (96%)`; without a limit `24 (unlimited)`; without a percentage (a limit of 0) only the
    amounts.
    """
    if limit is None:
        return (
            f"{amount_text(used, unit, locale)} "
            f"({'無制限' if language(locale) == 'ja' else 'unlimited'})"
        )
    amounts = "/".join(pair_text(used, limit, unit, locale))
    return amounts if percent is None else f"{amounts} ({percent}%)"


def limit_text(limit: Decimal | None, unit: str, name: str, locale: str) -> str:
    """A limit with the meter's name: `25ユーザー`, `無制限ユーザー`, `ストレージ容量 100 GB`;
    `25 users`, `unlimited users`.
    """
    japanese = language(locale) == "ja"
    if limit is None:
        return f"無制限{name}" if japanese else f"unlimited {name}"
    amount = amount_text(limit, unit, locale)
    if not japanese:
        return f"{amount} {name}"
    return f"{amount}{name}" if unit in _HEADCOUNT else f"{name} {amount}"


def threshold_text(threshold: int | Decimal, unit: str, locale: str) -> str:
    """`90%`, or the amount of an absolute threshold: `9 GB`."""
    return f"{threshold}%" if isinstance(threshold, int) else amount_text(threshold, unit, locale)
