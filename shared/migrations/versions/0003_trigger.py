"""Tables of trigger: accounts, catalogue versions, subscriptions, overrides, alerts with their
state, decisions, timers.
"""

from alembic import op

revision = "0003_trigger"
down_revision = "0002_ingest"
branch_labels = None
depends_on = None

_ACCOUNTS = (
    """
    create table account (
        id text primary key,
        name text not null,
        locale text not null,
        time_zone text not null,
        country text,
        currency text,
        segment text,
        employees bigint,
        customer_since timestamptz,         -- null: the first subscription's start
        first_start timestamptz,            -- of all subscriptions; null: never had one
        csm jsonb,
        ae jsonb,
        external_ids jsonb not null,
        created_at timestamptz not null,
        updated_at timestamptz not null
    )
    """,
    """
    create table contact (
        account text not null references account (id),
        id text not null,
        position integer not null,          -- the order they were given in
        name text not null,
        email text,
        role text not null
            check (role in ('owner', 'billing_admin', 'admin', 'member', 'decision_maker',
                            'champion')),
        locale text,                        -- null: the account's
        primary key (account, id)
    )
    """,
)

_PLANS = (
    """
    create table catalog (
        version integer primary key,
        body bytea not null,                -- canonical JSON
        digest bytea not null unique,
        revision bigint not null,           -- the one in force has the highest
        applied_at timestamptz not null
    )
    """,
    "create unique index catalog_revision on catalog (revision desc)",
    """
    create table subscription (
        account text primary key references account (id),
        plan text not null,
        catalog_version integer not null references catalog (version),
        started_at timestamptz not null,
        anchor timestamptz,                 -- null: started_at
        interval text not null check (interval in ('day', 'week', 'month', 'year')),
        quantity bigint not null check (quantity > 0),
        renewal_date date,                  -- null: the yearly day of the anchor
        add_ons jsonb not null,
        price numeric check (price >= 0),
        revision bigint not null,
        -- of the newest statement about it: an older one that comes later changes nothing
        changed_at timestamptz not null,
        ended_at timestamptz
    )
    """,
    "create index subscription_revision on subscription (revision)",
    """
    create table plan_change (
        id bigint generated always as identity primary key,
        account text not null references account (id),
        at timestamptz not null,
        from_plan text,                     -- null: a subscription began
        to_plan text,                       -- null: it ended
        from_version integer,
        to_version integer
    )
    """,
    "create index plan_change_account on plan_change (account, at)",
    """
    create table limit_override (
        account text not null references account (id),
        meter text not null,
        "limit" numeric(38, 9),
        unlimited boolean not null,
        sets_limit boolean not null,        -- false: only the thresholds are overridden
        thresholds jsonb,                   -- [50, {"at": "9000000000"}]; null: the plan's
        revision bigint not null,
        primary key (account, meter)
    )
    """,
)

_ALERTS = (
    """
    create table meter_state (
        account text not null,
        meter text not null,
        period_start timestamptz not null,
        period_end timestamptz,
        state jsonb not null,               -- services.trigger.thresholds.State
        primary key (account, meter, period_start)
    ) with (fillfactor = 80)
    """,
    """
    create table alert (
        seq bigint generated always as identity unique,
        id text primary key,
        account text not null,
        meter text not null,
        period_start timestamptz not null,
        threshold text not null,            -- 95, or at:9000000000
        epoch text not null,
        state text not null check (state in ('open', 'superseded', 'resolved')),
        resolution text
            check (resolution in ('correction', 'below', 'limit', 'reset', 'unlimited',
                                  'cancelled')),
        again boolean not null,
        used numeric(38, 9) not null,
        "limit" numeric(38, 9),
        percent bigint,
        reached_at timestamptz not null,
        resolved_at timestamptz,
        notified boolean not null,
        decision text not null,
        unique (account, meter, threshold, epoch),
        check ((state = 'resolved') = (resolution is not null))
    ) with (fillfactor = 80)
    """,
    "create index alert_account on alert (account, seq desc)",
    "create index alert_open on alert (account, meter, period_start) where state = 'open'",
    """
    create table decision (
        seq bigint generated always as identity unique,
        id text primary key,
        account text not null,
        cause text not null,
        at timestamptz not null,
        outcome text not null
            check (outcome in ('none', 'notice', 'withheld', 'proposal', 'assisted')),
        body jsonb not null
    )
    """,
    "create index decision_account on decision (account, seq desc)",
    """
    create table due (
        account text not null,
        -- what to do then: period, catalog, renewal ...; one moment per account and purpose
        purpose text not null,
        at timestamptz not null,
        payload jsonb not null,
        primary key (account, purpose)
    ) with (fillfactor = 80)
    """,
    "create index due_at on due (at)",
)


def upgrade() -> None:
    for statement in (*_ACCOUNTS, *_PLANS, *_ALERTS):
        op.execute(statement)
