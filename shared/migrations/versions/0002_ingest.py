"""Tables of ingest: totals, hours, members of unique meters, usage waiting for a subscription, the
log of counted events.
"""

from alembic import op

revision = "0002_ingest"
down_revision = "0001_loop"
branch_labels = None
depends_on = None

_HOURS = ",\n".join(f"        h{hour:02} numeric(38, 9)" for hour in range(24))
_TIMES = ",\n".join(f"        t{hour:02} timestamptz" for hour in range(24))

_STATEMENTS = (
    """
    create table usage_total (
        account text not null,
        meter text not null,
        period_start timestamptz not null,  -- of a gauge: 1970-01-01
        period_end timestamptz,             -- null: a gauge
        aggregation text not null default 'sum'
            check (aggregation in ('count', 'sum', 'latest', 'max', 'unique')),
        used numeric(38, 9) not null check (used <> 'NaN'),
        last_event_at timestamptz,
        -- written by trigger: wake it when used reaches this from below; null: never
        alert_at numeric(38, 9),
        -- written by trigger: wake it when used falls below this
        rearm_at numeric(38, 9),
        -- whether the last change crossed one of the two (or made the row)
        due boolean not null default true,
        revision bigint not null,
        epoch bigint not null default 0,    -- grows when the account's periods were laid out anew
        primary key (account, meter, period_start)
    ) with (fillfactor = 80)
    """,
    f"""
    create table usage_day (
        account text not null,
        meter text not null,
        day date not null,
        aggregation text not null,
        -- by hour (UTC): the sum; of latest the last value, of max the highest, of unique the
        -- members new in their period
{_HOURS},
        -- of latest: when that value was measured
{_TIMES},
        primary key (account, meter, day)
    ) with (fillfactor = 80)
    """,
    # How a total changes, and whether trigger must look at it. Simple enough for PostgreSQL to
    # inline: they cost no call.
    """
    create function usage_after(aggregation text, used numeric, at timestamptz,
                                given numeric, given_at timestamptz) returns numeric
    language sql immutable parallel safe
    return case aggregation
        when 'latest' then case when at is null or given_at >= at then given else used end
        when 'max' then greatest(used, given)
        else used + given end
    """,
    """
    create function usage_crosses(before numeric, after numeric, alert_at numeric, rearm_at numeric)
    returns boolean
    language sql immutable parallel safe
    return coalesce(before < alert_at and after >= alert_at, false)
        or coalesce(before >= rearm_at and after < rearm_at, false)
    """,
    """
    create table unique_member (
        account text not null,
        meter text not null,
        period_start timestamptz not null,
        member bytea not null,              -- keyed digest: the value itself is not kept
        day date not null,                  -- of a gauge: only the first on which it was seen
        hours integer not null,             -- a bit for each hour (UTC) in which it was seen
        primary key (account, meter, period_start, member, day)
    )
    """,
    """
    create table usage_unassigned (
        id bigint generated always as identity primary key,
        account text not null,
        meter text not null,
        aggregation text not null,
        times timestamptz[] not null,
        amounts numeric[] not null,         -- of unique: empty
        members bytea[] not null,           -- of all others: empty
        last_at timestamptz not null
    )
    """,
    "create index usage_unassigned_account on usage_unassigned (account)",
    "create index usage_unassigned_last_at on usage_unassigned (last_at)",
    """
    create table layout_progress (
        topic text not null,
        partition integer not null,
        -- a partition holds other accounts when there are more of them
        partitions integer not null,
        -- the accounts of this partition are laid out by all subscriptions up to this revision
        revision bigint not null,
        primary key (topic, partition)
    ) with (fillfactor = 50)
    """,
    """
    create table dedupe_state (
        topic text primary key,
        partitions integer,                 -- how many the topic has; null: nothing counted yet
        floor timestamptz not null default '-infinity', -- keys of older events have been dropped
        secret bytea not null
    ) with (fillfactor = 50)
    """,
    # 244 random bits: senders of events must not be able to choose ids with the same key
    """
    insert into dedupe_state (topic, secret)
    select 'usage.events',
           decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
    """,
    """
    create table dedupe_segment (
        bucket timestamptz not null,
        partition integer not null,
        partitions integer not null,        -- how many there were when it was written
        keys bytea not null                 -- 16 bytes each
    ) partition by range (bucket)
    """,
    "alter table dedupe_segment alter column keys set storage external",
    "create index dedupe_segment_bucket on dedupe_segment (bucket, partitions, partition)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
