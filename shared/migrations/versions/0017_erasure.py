"""Erased accounts and people: a tombstone each, and indexes to find their data among any amount of
others'.
"""

from alembic import op

revision = "0017_erasure"
down_revision = "0015_next_subscription"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table erasure (
        -- sha256 of the account's id; of a contact: of both ids with a NUL between. All that stays
        hash bytea primary key,
        "of" bytea,                         -- of a contact: the account's hash
        account text,                       -- the ids, until nothing of them is left
        contact text,
        known jsonb,                        -- what else names the contact: likewise
        requested_at timestamptz not null,
        -- the id belongs to somebody again: only what happened before counts for nobody
        returned_at timestamptz,
        revision bigint not null,           -- of the plans: by which ingest notices
        ingest_at timestamptz,              -- when each service had nothing of it any more
        trigger_at timestamptz,
        notifier_at timestamptz
    )
    """,
    "create index erasure_pending on erasure (requested_at) where account is not null",
    "create index erasure_revision on erasure (revision)",
    'create index erasure_of on erasure ("of") where "of" is not null',
)
_REJECTED_OF = "alter table event_rejected add column if not exists accounts text[]"
"""The accounts that a rejected record concerns; null in older rows."""
_INDEXES = {
    "quote_account": "quote (account)",
    "crm_task_account": "crm_task (account)",
    "event_rejected_accounts": "event_rejected using gin (accounts)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # The repeatable part first: an interrupted attempt leaves only what the next one expects.
        op.execute(_REJECTED_OF)
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        for name, columns in _INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '1s'")
    for statement in _STATEMENTS:
        op.execute(statement)
