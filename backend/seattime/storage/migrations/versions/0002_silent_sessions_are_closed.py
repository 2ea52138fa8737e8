"""When the server closed a session of which nothing more came

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("closed_ms", sa.BigInteger(), nullable=True))
    # only what may be silent: a heartbeat changes neither column of the condition, so PostgreSQL need not touch the index
    still_open = sa.text("ended IS NULL AND closed_ms IS NULL")
    op.create_index("sessions_open", "sessions", ["first_ms"], postgresql_where=still_open, sqlite_where=still_open)


def downgrade() -> None:
    op.drop_index("sessions_open", "sessions")
    op.drop_column("sessions", "closed_ms")
