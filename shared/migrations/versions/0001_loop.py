"""Tables of the loop (offsets, outgoing messages, rejected records) and of all services (revisions,
state, API keys).
"""

from alembic import op

revision = "0001_loop"
down_revision = None
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table consumer_offset (
        service text not null,
        topic text not null,
        partition integer not null,
        next_offset bigint not null check (next_offset >= 0),
        highest_offset bigint not null check (highest_offset >= 0),
        primary key (service, topic, partition)
    ) with (fillfactor = 50)
    """,
    """
    create table outbox (
        id bigint generated always as identity primary key,
        service text not null,
        topic text not null,
        key bytea,
        value bytea,
        headers bytea,
        created_at timestamptz not null default clock_timestamp()
    ) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 10000)
    """,
    "create index outbox_service_id on outbox (service, id)",
    """
    create table event_rejected (
        id bigint generated always as identity primary key,
        service text not null,
        topic text not null,
        partition integer not null,
        "offset" bigint not null,
        reason text not null,
        payload text,
        payload_base64 text,
        at timestamptz not null,
        unique (service, topic, partition, "offset")
    )
    """,
    "create table revision (name text primary key, value bigint not null) with (fillfactor = 50)",
    "insert into revision (name, value) values ('plans', 1)",
    """
    create table app_state (
        key text primary key,
        value jsonb not null,
        updated_at timestamptz not null default clock_timestamp()
    ) with (fillfactor = 50)
    """,
    """
    create table api_key (
        name text primary key,
        prefix text not null,
        hash bytea not null unique,
        scopes text[] not null,
        rate numeric check (rate > 0),
        created_at timestamptz not null default clock_timestamp(),
        last_used_at timestamptz,
        revoked_at timestamptz
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
