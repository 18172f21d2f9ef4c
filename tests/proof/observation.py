"""What is there for the accounts of a round: rows, mails and tasks."""

from collections import Counter
from collections.abc import Collection

from tests.proof import catalog
from tests.proof.verdict import Found, Mail, Told
from tests.proof.world import World

CONTACTS = ("owner", "member")
_TOTALS = """
    select account, meter, sum(used)::bigint as used from usage_total
    where account = any($1::text[]) group by 1, 2
"""
_ALERTS = """
    select account, meter, threshold::int as threshold, count(*) as n from alert
    where account = any($1::text[]) group by 1, 2, 3
"""
_TOLD = """
    select n.account, n.meter, n.threshold::text::int as threshold, n.contact, count(*) as n
    from notification n join inbox_item i on i.id = n.id
    where n.account = any($1::text[]) and n.kind = 'usage.threshold' group by 1, 2, 3, 4
"""
_MAILS = """
    select n.account, n.meter, n.threshold::text::int as threshold, d.id
    from delivery d join notification n on n.id = d.notification
    where n.account = any($1::text[]) and n.kind = 'usage.threshold' and d.channel = 'email'
"""
_WAITING = """
    select count(*) filter (where d.state <> 'dead') as n,
        count(*) filter (where d.state = 'dead') as dead,
        extract(epoch from max(d.next_attempt_at) filter (where d.state <> 'dead'))::float8 as last
    from delivery d join notification n on n.id = d.notification
    where n.account = any($1::text[]) and n.class <> 'proposal'
        and d.state in ('queued', 'sending', 'retrying', 'dead')
"""


async def observe(here: World, accounts: Collection[str]) -> Found:
    names = sorted(accounts)
    ask = here.database.ask
    totals = {(row["account"], row["meter"]): row["used"] for row in await ask(_TOTALS, names)}
    alerts = {
        (row["account"], row["meter"], row["threshold"]): row["n"]
        for row in await ask(_ALERTS, names)
    }
    told = {
        Told(row["account"], row["meter"], row["threshold"], row["contact"]): row["n"]
        for row in await ask(_TOLD, names)
    }
    mails = [
        Mail(row["account"], row["meter"], row["threshold"], row["id"])
        for row in await ask(_MAILS, names)
    ]
    (waiting,) = await ask(_WAITING, names)
    return Found(
        totals,
        Counter(alerts),
        Counter(told),
        mails,
        _arrived(here),
        _tasks(here, names),
        waiting["n"],
        waiting["dead"],
    )


async def next_attempt(here: World, accounts: Collection[str]) -> float | None:
    """When the last of the waiting deliveries is due, in seconds since 1970; None: none waits."""
    (row,) = await here.database.ask(_WAITING, sorted(accounts))
    return None if row["last"] is None else float(row["last"])


async def is_told(here: World, account: str) -> bool:
    statement = "select 1 from inbox_item where account = $1 limit 1"
    return bool(await here.database.ask(statement, account))


def _arrived(here: World) -> Counter[str]:
    """Copies of each mail by the id of its delivery, with which its Message-ID begins."""
    return Counter(
        str(mail["Message-ID"]).removeprefix("<").partition(".")[0]
        for _, mail in list(here.mailbox.mails)
    )


def _tasks(here: World, names: Collection[str]) -> Counter[str]:
    accounts = {catalog.company(name): name for name in names}
    return Counter(
        accounts[company]
        for task in here.crm.tasks()
        for company in task["companies"]
        if company in accounts
    )
