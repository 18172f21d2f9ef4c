"""Tables of judgement: facts and their aggregates, open signals, opportunities, proposals,
remedies, quotes, and play statistics.
"""

from alembic import op

revision = "0005_judgement"
down_revision = "0004_notifier"
branch_labels = None
depends_on = None

_FACTS = (
    """
    create table fact (
        seq bigint generated always as identity unique,
        source text not null,
        id text not null,
        account text not null,
        type text not null,
        at timestamptz not null,
        received_at timestamptz not null,
        event jsonb not null,               -- the CloudEvent as it came
        primary key (source, id)            -- counted once for ever
    )
    """,
    "create index fact_account on fact (account, seq desc)",
    """
    create table account_record (
        account text primary key,
        -- the running contract's beginning: a change of plan is none
        started_at timestamptz,
        body jsonb not null                 -- services.trigger.judgement.facts.record.Record
    ) with (fillfactor = 70)
    """,
)

_STATE = (
    """
    create table signal (
        account text not null,
        type text not null,
        -- a meter, a feature, a framework; "" where there is one of a type
        key text not null,
        raised_at timestamptz not null,
        until timestamptz,                  -- null: until its cause is over
        evidence jsonb not null,
        alert text,                         -- usage_limit: open while this alert is
        acted boolean not null,             -- proposed on: it waits for nothing any more
        primary key (account, type, key)
    )
    """,
    """
    create table opportunity (
        seq bigint generated always as identity unique,
        id text primary key,
        account text not null,
        from_plan text,
        to_plan text not null,
        stage text not null
            check (stage in ('identified', 'qualified', 'needs_discovery', 'nurture', 'proposal',
                             'closed_won', 'closed_lost')),
        owner jsonb not null,               -- {"role", "id", "name"}
        owner_rule text not null,
        reasons jsonb not null,             -- the one of highest priority first
        deal_value numeric,
        currency text not null,
        decision text not null,
        created_at timestamptz not null,
        closed_at timestamptz
    )
    """,
    "create unique index opportunity_open on opportunity (account, to_plan) "
    "where closed_at is null",
    "create index opportunity_account on opportunity (account, seq desc)",
    """
    create table proposal (
        seq bigint generated always as identity unique,
        id text primary key,                -- the key of its message
        account text not null,
        plan text not null,
        at timestamptz not null,
        channel text not null check (channel in ('message', 'person', 'quote')),
        reason text not null,               -- the signal of highest priority: the play
        meter text,
        percent numeric,
        counts boolean not null,            -- against the frequency cap: an escalation does not
        contacts jsonb not null,
        amount numeric,
        currency text not null,
        decision text not null,
        outcome text
    )
    """,
    "create index proposal_account on proposal (account, seq desc)",
    """
    create table remedy (
        account text not null,
        task text not null,
        gate text not null,
        opened_at timestamptz not null,
        due_at timestamptz not null,
        decision text not null,
        primary key (account, task)         -- while its cause lasts
    )
    """,
    """
    create table suppression (
        account text not null,
        gate text not null,
        since timestamptz not null,
        primary key (account, gate)
    )
    """,
    """
    create table quote (
        id text primary key,
        account text not null,
        plan text not null,
        body jsonb not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        accepted_at timestamptz
    )
    """,
    """
    create table play (
        key text primary key,
        sent bigint not null default 0,
        complaints bigint not null default 0,
        unsubscribes bigint not null default 0,
        helpful bigint not null default 0,
        unwanted bigint not null default 0
    )
    """,
)


def upgrade() -> None:
    for statement in (*_FACTS, *_STATE):
        op.execute(statement)
