"""What was found beside what had to be found: one row of the table. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from tests.proof.ledger import COUNTS, Ledger, Totals

MOST_COPIES = 2
"""Of a mail whose answer was lost: it is sent once more, and then never again."""


_MOST_NAMED = 5


class Told(NamedTuple):
    account: str
    meter: str
    threshold: int
    contact: str


class Mail(NamedTuple):
    """A delivery to a mailbox; `id` is in the Message-ID."""

    account: str
    meter: str
    threshold: int
    id: str


@dataclass(frozen=True, slots=True)
class Found:
    """`alerts`: by account, meter and threshold. `told`: how often each contact has it in the
    inbox. `arrived`: copies of each mail, by the id of its delivery. `tasks`: at the CRM, by
    account. `waiting`: deliveries that have not ended; `given_up`: those that failed for good.
    """

    totals: Totals = field(default_factory=dict)
    alerts: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    told: Counter[Told] = field(default_factory=Counter)
    mails: Collection[Mail] = ()
    arrived: Mapping[str, int] = field(default_factory=dict)
    tasks: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    given_up: int = 0


@dataclass
class Row:
    """Figures of one fault; `wrong` says what is not as it must be, in words."""

    fault: str
    times: int = 0
    sent: int = 0
    distinct: int = 0
    counted: int = 0
    lost: int = 0
    doubled: int = 0
    due: int = 0
    told: int = 0
    twice: int = 0
    repeated: int = 0
    tasks: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Row") -> None:
        """The figures of another round."""
        for figure in fields(self):
            if figure.name != "fault":
                summed = getattr(self, figure.name) + getattr(other, figure.name)
                setattr(self, figure.name, summed)


def judge(
    fault: str,
    ledger: Ledger,
    found: Found,
    subscribed: Collection[str],
    contacts: Collection[str],
    *,
    may_repeat: bool,
) -> Row:
    """`contacts`: each contact of an account has a notice of the highest threshold it reached.
    `may_repeat`: whether this fault may lose the answer to a mail.
    """
    due = ledger.due(subscribed)
    row = Row(fault, sent=ledger.sent, distinct=ledger.distinct, due=len(due))
    _totals(row, ledger, found)
    _alerts(row, due, found, contacts)
    _mails(row, due, found, may_repeat=may_repeat)
    _tasks(row, due, found)
    if found.waiting:
        row.wrong.append(f"{found.waiting} deliveries have not ended")
    if found.given_up:
        row.wrong.append(f"{found.given_up} deliveries were given up")
    return row


def _totals(row: Row, ledger: Ledger, found: Found) -> None:
    wanted = ledger.totals()
    for place in sorted(wanted.keys() | found.totals.keys()):
        want, have = wanted.get(place, 0), found.totals.get(place, 0)
        if place[1] in COUNTS:
            row.counted += have
            row.lost += max(want - have, 0)
            row.doubled += max(have - want, 0)
        if want != have:
            row.wrong.append(f"{place[0]} {place[1]}: {have}, sent {want}")


def _alerts(
    row: Row,
    due: Mapping[tuple[str, str], tuple[int, ...]],
    found: Found,
    contacts: Collection[str],
) -> None:
    """Every threshold that was reached has one alert; of the highest everybody has one notice."""
    wanted = Counter({(*place, one): 1 for place, reached in due.items() for one in reached})
    if missing := wanted - found.alerts:
        row.wrong.append(f"alerts missing: {_named(missing)}")
    if more := found.alerts - wanted:
        row.wrong.append(f"alerts that were not due, or twice: {_named(more)}")
    untold = [
        place
        for place, reached in due.items()
        if any(not found.told[Told(*place, max(reached), contact)] for contact in contacts)
    ]
    row.told = len(due) - len(untold)
    if untold:
        row.wrong.append(f"not told: {_named(untold)}")
    twice = [told for told, times in found.told.items() if times > 1]
    row.twice = len(twice)
    if twice:
        row.wrong.append(f"told twice: {_named(twice)}")


def _mails(
    row: Row,
    due: Mapping[tuple[str, str], tuple[int, ...]],
    found: Found,
    *,
    may_repeat: bool,
) -> None:
    """The highest threshold has been mailed; a lower one may have been, or was withdrawn."""
    highest = {(*place, max(reached)) for place, reached in due.items()}
    mailed = {mail[:3] for mail in found.mails if found.arrived.get(mail.id)}
    if unmailed := highest - mailed:
        row.wrong.append(f"not mailed: {_named(sorted(unmailed))}")
    row.repeated = sum(max(found.arrived.get(mail.id, 0) - 1, 0) for mail in found.mails)
    most = MOST_COPIES if may_repeat else 1
    if often := [mail for mail in found.mails if found.arrived.get(mail.id, 0) > most]:
        row.wrong.append(f"mailed more than {most} times: {_named(often)}")


def _tasks(row: Row, due: Mapping[tuple[str, str], tuple[int, ...]], found: Found) -> None:
    """One at the CRM for each account and meter that reached a threshold."""
    row.tasks = sum(found.tasks.values())
    wanted = Counter(account for account, _ in due)
    wrong = {
        account: found.tasks.get(account, 0)
        for account in wanted.keys() | found.tasks.keys()
        if wanted[account] != found.tasks.get(account, 0)
    }
    if wrong:
        row.wrong.append(f"CRM tasks: {_named(sorted(wrong.items()))}")


def _named(found: Collection[object]) -> str:
    """The first few of them."""
    first = ", ".join(str(one) for one in list(found)[:_MOST_NAMED])
    return f"{first} and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else first


def together(rows: Collection[Row]) -> list[Row]:
    """One row for each fault, in the order of their first; figures added up."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row.fault, Row(row.fault)).add(row)
    return list(found.values())
