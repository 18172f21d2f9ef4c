"""Parked accounts: why, since when, until when, and the waiting records in order. A decision may
have failed.
"""

from alembic import op

revision = "0007_parked"
down_revision = "0012_channel_state"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table parked (
        id bigint generated always as identity primary key,
        service text not null,
        account text not null,
        lane text not null,
        kind text not null check (kind in ('parked', 'deferred')),
        part text not null,
        reason text not null,
        traceback text not null,
        since timestamptz not null,
        attempts integer not null,
        next_attempt_at timestamptz not null,
        waiting jsonb not null default '[]',
        unique (service, account, lane)
    ) with (fillfactor = 50)
    """,
    "create index parked_due on parked (service, lane, next_attempt_at)",
    """
    create table parked_record (
        id bigint generated always as identity primary key,
        service text not null,
        account text not null,
        lane text not null,
        partition integer not null,
        "offset" bigint not null,
        is_replay boolean not null,
        key bytea,
        value bytea,
        headers bytea,
        "timestamp" bigint not null,
        unique (service, lane, partition, "offset")
    )
    """,
    "alter table decision drop constraint decision_outcome_check",
    """
    alter table decision add constraint decision_outcome_check
        check (outcome in ('none', 'notice', 'withheld', 'proposal', 'assisted', 'failed'))
    """,
    "create index parked_record_account on parked_record (service, account, lane, id)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
