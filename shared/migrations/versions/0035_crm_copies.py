"""A task has a copy of its own in each CRM. Copies of tasks with a log that were written before the
notifier read any are read from now on.
"""

from alembic import op

revision = "0035_crm_copies"
down_revision = "0034_audit"
branch_labels = None
depends_on = None


# One that was deleted there has been read.
READ = """
    update crm_task c set next_read_at = now()
    where external_id is not null and completed_at is null and next_read_at is null
        and seen_attempts is null and exists (select 1 from task t where t.id = c.key)
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Concurrently: nothing that is sent waits for it. An interrupted attempt's is invalid.
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        op.execute("drop index concurrently if exists crm_task_copies")
        op.execute("create unique index concurrently crm_task_copies on crm_task (key, channel)")
        op.execute("set lock_timeout = '1s'")
    op.execute(
        "alter table crm_task drop constraint if exists crm_task_pkey, "
        "add constraint crm_task_pkey primary key using index crm_task_copies"
    )
    op.execute(READ)
