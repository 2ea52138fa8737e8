"""Which launches were made for a player page of another LMS

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("launches", sa.Column("host", sa.Boolean(), nullable=False, server_default=sa.false()))
    in_other_players = sa.text("host")
    op.create_index("launches_host", "launches", ["registration_key"], postgresql_where=in_other_players, sqlite_where=in_other_players)


def downgrade() -> None:
    op.drop_index("launches_host", "launches")
    op.drop_column("launches", "host")
