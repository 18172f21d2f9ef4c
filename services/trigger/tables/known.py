"""All that is stored about some accounts for judgement, in one statement, because the notice waits
for the decision.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.dossier.memory import Memory
from shared.catalog.types import Guardrails

PROPOSALS_BACK = timedelta(days=120)
MOVES_BACK = timedelta(days=400)


async def known(
    conn: AsyncConnection,
    accounts: Collection[str],
    mailboxes: Collection[bytes],
    rules: Guardrails,
    now: datetime,
) -> tuple[dict[str, Memory], frozenset[bytes]]:
    """One for each requested account, even if nothing is stored about it; and those of the
    mailboxes that want no offers in any account.
    """
    given = {
        "accounts": list(accounts),
        "mailboxes": list(mailboxes),
        "proposals": now - PROPOSALS_BACK,
        "moves": now - MOVES_BACK,
        "now": now,
        "sends": rules.min_sends,
    }
    rows = (await conn.execute(_KNOWN, given)).all()
    refusing = frozenset(bytes(one) for row in rows[:1] for one in row.refusing)
    return {row.account: _DECODER.decode(row.known) for row in rows}, refusing


_DECODER = msgspec.json.Decoder(Memory)
# Planned once and not each time, for twice the time of the query: from behind `offset 0`, an array
# looks equally long to the plan for any values and to the one for these.
_KNOWN = text(
    """
    with harmed as (
        select coalesce(jsonb_agg(jsonb_build_object('key', key, 'sent', sent, 'complaints',
            complaints, 'unsubscribes', unsubscribes)),
                        '[]') as plays
        from play where sent >= :sends and complaints + unsubscribes > 0)
    select w.account,
        array(select mailbox from mailbox_refusal
            where mailbox = any(cast((select cast(:mailboxes as bytea[])) as bytea[]))) as refusing,
        jsonb_build_object(
        'started_at', r.started_at,
        'record', coalesce(r.body, '{}'),
        'plays', (select plays from harmed),
        'signals', coalesce((
            select jsonb_agg(jsonb_build_object(
                'type', s.type, 'key', s.key, 'raised_at', s.raised_at, 'until', s.until,
                'evidence', s.evidence, 'acted', s.acted, 'alert', s.alert)
                order by s.raised_at, s.type, s.key)
            from signal s
            where s.account = w.account and (s.alert is null or exists (
                select 1 from alert a
                where a.account = s.account and a.meter = s.key and a.state = 'open'
                    and a.threshold not like 'per_hour:%'))), '[]'),
        'opportunities', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', o.id, 'to_plan', o.to_plan, 'stage', o.stage, 'owner', o.owner,
                'reasons', o.reasons, 'told', o.told, 'add_on', o.add_on))
            from opportunity o where o.account = w.account and o.closed_at is null), '[]'),
        'proposals', coalesce((
            select jsonb_agg(jsonb_build_object(
                'plan', p.plan, 'at', p.at, 'channel', p.channel, 'reason', p.reason,
                'meter', p.meter, 'percent', p.percent, 'counts', p.counts,
                'contacts', p.contacts, 'amount', p.amount, 'state', p.state)
                order by p.seq)
            from proposal p where p.account = w.account and p.at > :proposals), '[]'),
        'moves', coalesce((
            select jsonb_agg(jsonb_build_object(
                'at', m.at, 'from_plan', m.from_plan, 'to_plan', m.to_plan) order by m.at, m.id)
            from plan_change m
            where m.account = w.account and m.at > :moves and m.from_plan is not null
                and m.to_plan is not null), '[]'),
        'remedies', coalesce((
            select jsonb_agg(y.task) from remedy y where y.account = w.account), '[]'),
        'refused', coalesce((
            select jsonb_agg(encode(v.mailbox, 'hex')) from refusal v
            where v.account = w.account and v.mailbox is not null), '[]'),
        'former', coalesce((
            select jsonb_agg(h.contact) from contact_history h
            where h.account = w.account and h.left_at is not null), '[]'),
        'suppressed', coalesce((
            select jsonb_agg(x.gate) from suppression x where x.account = w.account), '[]'),
        'totals', coalesce((
            select jsonb_agg(jsonb_build_object(
                'meter', t.meter, 'period_start', t.period_start, 'period_end', t.period_end,
                'used', t.used)
                order by t.meter, t.period_start)
            from (select * from usage_total u where u.account = w.account
                and (u.period_end is null or u.period_end > :now)
                  union all
                  select b.* from usage_total u cross join lateral (
                      select * from usage_total o where o.account = u.account
                          and o.meter = u.meter and o.period_start < u.period_start
                      order by o.period_start desc limit 1) b
                  where u.account = w.account and u.period_end > :now
                      and u.period_start <= :now and b.period_end is not null) t), '[]')
    )::text as known
    from (select cast(:accounts as text[]) as accounts offset 0) given
    cross join lateral unnest(given.accounts) as w(account)
    left join account_record r on r.account = w.account
    """
)
