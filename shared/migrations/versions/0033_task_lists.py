"""Lists of tasks find their order in an index also without an owner, and for a rare reason; a task
knows with which of its entries there was last more to do.
"""

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


RAISED = """
    update task t set raised = e.raised, reopened = e.reopened
    from (
        select subject, max(seq) as raised,
            coalesce(max(seq) filter (where type = 'reopened'), 0) as reopened
        from entry where kind = 'task' and type in ('raised', 'reopened') group by subject) e
    where e.subject = t.id
"""


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.execute(f"create index if not exists {name} on {columns}")
    op.execute(
        "alter table task add column if not exists raised integer not null default 1, "
        "add column if not exists reopened integer not null default 0"
    )
    op.execute(RAISED)
