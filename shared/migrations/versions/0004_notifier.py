"""Tables of notifier: notifications, deliveries, channels with the state of the other side, CRM
tasks, the inbox.
"""

from alembic import op

revision = "0004_notifier"
down_revision = "0003_trigger"
branch_labels = None
depends_on = None

_MESSAGES = (
    """
    create table notification (
        seq bigint generated always as identity unique,
        id text primary key,
        key text not null,
        -- 'contact:ID', 'crm' or 'webhook': with key, what makes a message to somebody one message
        recipient text not null,
        account text not null,
        contact text,
        kind text not null,
        class text not null check (class in ('notice', 'proposal', 'internal')),
        meter text,
        threshold jsonb,
        alert text,
        decision text,
        proposes text,
        facts jsonb not null,               -- holds no address: that is looked up when sending
        task jsonb,
        created_at timestamptz not null,
        unique (key, recipient)
    )
    """,
    "create index notification_account on notification (account, seq desc)",
    """
    create table closing (
        -- of a Closed message: one that comes twice ends nothing that began in between
        key text primary key,
        at timestamptz not null
    )
    """,
    """
    create table delivery (
        seq bigint generated always as identity unique,
        id text primary key,
        notification text not null references notification (id),
        account text not null,
        contact text,
        channel text not null,
        -- its deliveries go out one after the other: the account at the CRM, else the delivery
        -- itself
        lane text not null,
        alert text,
        task text,                          -- crm_task.key
        state text not null
            check (state in ('queued', 'sending', 'retrying', 'delivered', 'unknown', 'cancelled',
                             'suppressed', 'dead')),
        attempts integer not null default 0,
        -- how far the schedule of retries has run; attempts by hand do not move it
        step integer not null default 0,
        by_hand boolean not null default false,
        -- when the schedule goes on after an attempt by hand; null: it had ended
        resume_at timestamptz,
        in_doubt boolean not null default false, -- handed over without an answer
        repeated boolean not null default false, -- handed over once more after that
        -- fences late outcomes: only the newest claim may record one
        claim bigint not null default 0,
        -- of the newest claim: the process, see services/notifier/delivery/presence.py
        owner integer,
        lease_until timestamptz,            -- by the database's clock
        next_attempt_at timestamptz,        -- by the clock
        deadline_at timestamptz not null,
        last_error text,
        delivered_at timestamptz,
        ended_at timestamptz,
        created_at timestamptz not null,
        unique (notification, channel)
    ) with (fillfactor = 70)
    """,
    "create index delivery_due on delivery (channel, next_attempt_at) "
    "where state in ('queued', 'retrying')",
    "create index delivery_leased on delivery (channel, lease_until) where state = 'sending'",
    "create index delivery_lane on delivery (channel, lane, seq) "
    "where state in ('queued', 'retrying', 'sending')",
    "create index delivery_alert on delivery (alert) "
    "where alert is not null and state in ('queued', 'retrying')",
    "create index delivery_task on delivery (task) where task is not null",
    "create index delivery_account on delivery (account, seq desc)",
    "create index delivery_unsettled on delivery (state, seq desc) "
    "where state not in ('delivered', 'cancelled', 'suppressed')",
)

_CHANNELS = (
    """
    create table channel (
        name text primary key,
        settings jsonb not null,            -- what may be shown
        secrets text not null,              -- encrypted
        created_at timestamptz not null,
        updated_at timestamptz not null,
        off_at timestamptz,
        off_reason text
    )
    """,
    """
    create table channel_block (
        channel text primary key,
        -- digest of the settings that were refused: others are tried again
        config text not null,
        reason text not null,
        at timestamptz not null
    )
    """,
    """
    create table suppressed_address (
        address bytea primary key,          -- sha256 of the address in lower case
        reason text not null,
        delivery text not null,
        at timestamptz not null
    )
    """,
    """
    create table crm_task (
        key text primary key,
        channel text not null,
        account text not null,
        meter text,
        purpose text not null,
        external_id text,                   -- the task's id at the CRM, once known
        opened_at timestamptz not null,
        completed_at timestamptz
    )
    """,
    "create index crm_task_open on crm_task (account, meter) where completed_at is null",
)

_INBOX = (
    """
    create table inbox_counter (
        account text not null,
        contact text not null,
        seq bigint not null,
        primary key (account, contact)
    ) with (fillfactor = 50)
    """,
    """
    create table inbox_item (
        id text primary key,                -- notification.id
        account text not null,
        contact text not null,
        -- whose end resolves the item; null: none (a feature that is not in the contract)
        alert text,
        -- the reader had muted in-app proposals: told without one
        plain boolean not null,
        created_at timestamptz not null,
        seen_at timestamptz,
        read_at timestamptz,
        archived_at timestamptz,
        resolved_at timestamptz,
        created_seq bigint not null,
        updated_seq bigint,
        resolved_seq bigint,
        changed_seq bigint not null         -- the highest of the three
    ) with (fillfactor = 70)
    """,
    "create unique index inbox_item_newest on inbox_item (account, contact, created_seq desc)",
    "create index inbox_item_changed on inbox_item (account, contact, changed_seq)",
    "create index inbox_item_unread on inbox_item (account, contact) "
    "where read_at is null and archived_at is null",
    "create index inbox_item_open on inbox_item (alert) "
    "where alert is not null and resolved_at is null",
    """
    create table preference (
        account text not null,
        contact text not null,
        email_notice boolean not null default true,
        email_proposal boolean not null default true,
        in_app_proposal boolean not null default true,
        updated_at timestamptz not null,
        primary key (account, contact)
    )
    """,
)


def upgrade() -> None:
    for statement in (*_MESSAGES, *_CHANNELS, *_INBOX):
        op.execute(statement)
