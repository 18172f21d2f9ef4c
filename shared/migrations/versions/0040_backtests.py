"""Backtests as jobs: what was asked, how far it is, and the messages it found.

A row of `backtest_row` is a message that would have been sent, or was; `alone`: the other side
lacks it.
"""

from alembic import op

revision = "0040_backtests"
down_revision = "0039_tried"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table if not exists backtest (
        id text primary key,
        seq bigint generated always as identity unique,
        catalog bytea not null,             -- canonical JSON
        version integer,                    -- null: never applied
        since text not null,
        account text,                       -- null: all
        by_kind text not null,
        by_id text not null,
        state text not null check (state in ('queued', 'running', 'done', 'failed')),
        done integer not null default 0,    -- accounts
        total integer,                      -- null: not counted yet
        after text not null default '',     -- the last account that is done
        kept integer not null default 0,    -- rows
        tally jsonb,
        fault text,
        created_at timestamptz not null,    -- what it replays ends here
        started_at timestamptz,
        finished_at timestamptz,
        owner bigint,
        lease_until timestamptz,
        tries integer not null default 0    -- since it last got on
    )
    """,
    """
    create table if not exists backtest_row (
        backtest text not null references backtest (id) on delete cascade,
        n integer not null,
        part text not null check (part in ('would', 'sent')),
        alone boolean not null,
        account text not null,
        plan text,
        meter text,
        threshold text,
        kind text not null,
        at timestamptz not null,
        outcome text not null,
        differs_by text,
        primary key (backtest, n)
    )
    """,
    "create index if not exists backtest_row_account on backtest_row (account)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
