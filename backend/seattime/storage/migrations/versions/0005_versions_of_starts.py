"""Which version of its course a start plays; what a cmi5 session was refused last, and when

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("activity_starts", sa.Column("version_key", sa.Text(), nullable=True))
    # the registration's: right unless it was moved between the start and now
    op.execute(
        "UPDATE activity_starts SET version_key ="
        " (SELECT version_key FROM registrations WHERE registrations.key = activity_starts.registration_key)"
    )
    op.add_column("cmi5_sessions", sa.Column("refused_ms", sa.BigInteger(), nullable=True))
    op.add_column("cmi5_sessions", sa.Column("refused_verb", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("cmi5_sessions", "refused_verb")
    op.drop_column("cmi5_sessions", "refused_ms")
    op.drop_column("activity_starts", "version_key")
