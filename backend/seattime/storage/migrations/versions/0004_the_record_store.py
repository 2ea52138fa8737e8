"""The record store of xAPI: statements, what they are found by, attachments, activities, documents; starts of xAPI and cmi5 activities

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "forwarding_refused",
    "forwarding",
    "cmi5_statements",
    "cmi5_sessions",
    "statement_facts",
    "activity_starts",
    "lrs_documents",
    "lrs_agent_names",
    "lrs_activities",
    "lrs_attachments",
    "lrs_keys",
    "lrs_statements",
)


def upgrade() -> None:
    op.create_table(
        "lrs_statements",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("stored_ms", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("voids", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.Column("registration_key", sa.Text(), nullable=True),
        sa.Column("start_key", sa.Text(), nullable=True),
        sa.Column("apart", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("statement_id"),
    )
    op.create_index("lrs_statements_stored", "lrs_statements", ["stored_ms", "seq"])
    targeted = sa.text("target_id IS NOT NULL")
    op.create_index("lrs_statements_target", "lrs_statements", ["target_id"], postgresql_where=targeted, sqlite_where=targeted)
    launched = sa.text("registration_key IS NOT NULL")
    of_registration = ["registration_key", "stored_ms", "seq"]
    op.create_index("lrs_statements_registration", "lrs_statements", of_registration, postgresql_where=launched, sqlite_where=launched)
    op.create_table(
        "lrs_keys",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("stored_ms", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "stored_ms", "seq"),
    )
    op.create_table(
        "lrs_attachments",
        sa.Column("sha2", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stored_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha2"),
    )
    op.create_table(
        "lrs_activities",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "lrs_agent_names",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("name_key", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "name_key"),
    )
    op.create_table(
        "lrs_documents",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.LargeBinary(), nullable=False),
        sa.Column("registration", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("lrs_documents_scope", "lrs_documents", ["scope", "updated_ms"])
    op.create_table(
        "activity_starts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("launch_number", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["registration_key"], ["registrations.key"]),
    )
    op.create_index("activity_starts_registration", "activity_starts", ["registration_key", "started_ms"])
    op.create_table(
        "statement_facts",
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("learner_key", sa.Text(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("launch_number", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=False),
        sa.Column("start_key", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("stored_ms", sa.BigInteger(), nullable=False),
        sa.Column("timestamp_ms", sa.BigInteger(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("duration_raw", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("duration_lenient", sa.Boolean(), nullable=False),
        sa.Column("status", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("registration_key", "statement_id"),
        sa.ForeignKeyConstraint(["registration_key"], ["registrations.key"]),
    )
    op.create_index("ix_statement_facts_learner_key", "statement_facts", ["learner_key"])
    op.create_table(
        "cmi5_sessions",
        sa.Column("start_key", sa.Text(), nullable=False),
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("launched_ms", sa.BigInteger(), nullable=False),
        sa.Column("preferences_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_ms", sa.BigInteger(), nullable=True),
        sa.Column("terminated_ms", sa.BigInteger(), nullable=True),
        sa.Column("terminated_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("abandoned_ms", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("start_key"),
        sa.ForeignKeyConstraint(["start_key"], ["activity_starts.key"]),
        sa.ForeignKeyConstraint(["registration_key"], ["registrations.key"]),
    )
    op.create_index("cmi5_sessions_registration", "cmi5_sessions", ["registration_key"])
    goes_on = sa.text("terminated_ms IS NULL AND abandoned_ms IS NULL")
    op.create_index("cmi5_sessions_going_on", "cmi5_sessions", ["launched_ms"], postgresql_where=goes_on, sqlite_where=goes_on)
    op.create_table(
        "cmi5_statements",
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("said_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registration_key", "statement_id"),
        sa.ForeignKeyConstraint(["registration_key"], ["registrations.key"]),
    )
    op.create_index("statements_stored", "statements", ["registration_key", "stored_ms", "statement_id"])
    op.create_table(
        "forwarding",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("stored_ms", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failing_since_ms", sa.BigInteger(), nullable=True),
        sa.Column("next_try_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("last_sent_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("target"),
    )
    op.create_table(
        "forwarding_refused",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refused_ms", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("target", "statement_id"),
    )
    op.add_column("sessions", sa.Column("start_key", sa.Text(), nullable=True))
    with op.batch_alter_table("cmi5_fetches") as fetches:
        fetches.add_column(sa.Column("start_key", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_index("statements_stored", "statements")
    op.drop_column("sessions", "start_key")
    with op.batch_alter_table("cmi5_fetches") as fetches:
        fetches.drop_column("start_key")
    for table in TABLES:
        op.drop_table(table)
