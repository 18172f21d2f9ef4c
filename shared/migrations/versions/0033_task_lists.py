"""Lists of tasks find their order in an index also without an owner, and for a rare reason."""

from alembic import op

revision = "0033_task_lists"
down_revision = "0032_instances"
branch_labels = None
depends_on = None

_INDEXES = {
    "task_priority": "task (priority, due_at, id)",
    "task_priority_open": "task (priority, due_at, id) where closed_at is null",
    "task_reason": "task (reason, seq desc)",
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.execute(f"create index if not exists {name} on {columns}")
