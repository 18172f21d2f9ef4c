"""What became of rejected records: sent again or set aside, by whom, and why.

Built concurrently, like the other indexes of lists.
"""

from alembic import op

revision = "0038_rejected_states"
down_revision = "0037_account_overview"
branch_labels = None
depends_on = None

_COLUMNS = (
    "state text not null default 'open' check (state in ('open', 'replayed', 'dismissed'))",
    "settled_at timestamptz",
    "by_kind text",
    "by_id text",
    "note text",
    "replayed_as bigint",
)
_INDEXES = {
    "event_rejected_service": "event_rejected (service, id desc)",
    "event_rejected_state": "event_rejected (state, id desc)",
    "event_rejected_reason": "event_rejected (md5(reason), id desc)",
}


def upgrade() -> None:
    for column in _COLUMNS:
        op.execute(f"alter table event_rejected add column if not exists {column}")
    with op.get_context().autocommit_block():
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        for name, columns in _INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on {columns}")
        op.execute("set lock_timeout = '1s'")
