"""Tables of the ledger

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column(
            "scopes", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "courses",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.Column("deleted_ms", sa.BigInteger(), nullable=True),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("open_in", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("slug"),
    )
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.create_index(
            "courses_living_id",
            ["course_id"],
            unique=True,
            postgresql_where=sa.text("deleted_ms IS NULL"),
            sqlite_where=sa.text("deleted_ms IS NULL"),
        )

    op.create_table(
        "import_jobs",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("source_path", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("may_create_new_version", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "warnings", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("done_bytes", sa.BigInteger(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("course_key", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("finished_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "learners",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("learner_id", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("operator", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("order_counter", sa.BigInteger(), nullable=False),
        sa.Column("facts_version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("learner_id"),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ledger_id", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "policies",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "spec", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version"),
    )
    op.create_table(
        "users",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "course_versions",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("course_key", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=True),
        sa.Column("tool_version", sa.Text(), nullable=True),
        sa.Column(
            "structure", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "warnings", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("file_count", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_key"],
            ["courses.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("course_key", "number"),
    )
    with op.batch_alter_table("course_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_course_versions_course_key"), ["course_key"], unique=False)

    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_key", sa.Text(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_key"],
            ["users.key"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "registrations",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("registration_id", sa.Text(), nullable=False),
        sa.Column("course_key", sa.Text(), nullable=False),
        sa.Column("version_key", sa.Text(), nullable=False),
        sa.Column("learner_key", sa.Text(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("launch_count", sa.BigInteger(), nullable=False),
        sa.Column("test_run", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column(
            "options", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.Column("deleted_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_key"],
            ["courses.key"],
        ),
        sa.ForeignKeyConstraint(
            ["learner_key"],
            ["learners.key"],
        ),
        sa.ForeignKeyConstraint(
            ["version_key"],
            ["course_versions.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registrations_course_key"), ["course_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_registrations_learner_key"), ["learner_key"], unique=False)
        batch_op.create_index(
            "registrations_living_id",
            ["registration_id"],
            unique=True,
            postgresql_where=sa.text("deleted_ms IS NULL"),
            sqlite_where=sa.text("deleted_ms IS NULL"),
        )

    op.create_table(
        "attempts",
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("lease_number", sa.BigInteger(), nullable=False),
        sa.Column("lease_session", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_key"],
            ["registrations.key"],
        ),
        sa.PrimaryKeyConstraint("registration_key", "key"),
        sa.UniqueConstraint("registration_key", "instance", "activity_id", "number"),
    )
    op.create_table(
        "cmi5_fetches",
        sa.Column("fetch_hash", sa.Text(), nullable=False),
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("launch_number", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_key"],
            ["registrations.key"],
        ),
        sa.PrimaryKeyConstraint("fetch_hash"),
    )
    op.create_table(
        "corrections",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("delta_ms", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_key"],
            ["registrations.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corrections_registration_key"), ["registration_key"], unique=False)

    op.create_table(
        "launches",
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_number", sa.BigInteger(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("launched_ms", sa.BigInteger(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("redirect_url", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_key"],
            ["registrations.key"],
        ),
        sa.PrimaryKeyConstraint("registration_key", "number"),
    )
    op.create_table(
        "sessions",
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("learner_key", sa.Text(), nullable=False),
        sa.Column("course_key", sa.Text(), nullable=False),
        sa.Column("attempt_key", sa.Text(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=False),
        sa.Column("launch_number", sa.BigInteger(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("launched_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("delivered_ms", sa.BigInteger(), nullable=False),
        sa.Column("clock_stepped", sa.Boolean(), nullable=False),
        sa.Column("order_number", sa.BigInteger(), nullable=False),
        sa.Column(
            "leases", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("deliveries", sa.BigInteger(), nullable=False),
        sa.Column("time_seq", sa.BigInteger(), nullable=False),
        sa.Column("time_order", sa.BigInteger(), nullable=False),
        sa.Column("time_incomplete", sa.Boolean(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=True),
        sa.Column("measured_ms", sa.BigInteger(), nullable=False),
        sa.Column("open_ms", sa.BigInteger(), nullable=False),
        sa.Column(
            "spans", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "acts", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "words", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "status", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("exit", sa.Text(), nullable=True),
        sa.Column("terminated", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("state_seq", sa.BigInteger(), nullable=False),
        sa.Column("state_order", sa.BigInteger(), nullable=False),
        sa.Column("state_incomplete", sa.Boolean(), nullable=False),
        sa.Column("elements", sa.JSON(), nullable=False),
        sa.Column(
            "findings", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["registration_key"],
            ["registrations.key"],
        ),
        sa.PrimaryKeyConstraint("registration_key", "session_id"),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_learner_key"), ["learner_key"], unique=False)
        batch_op.create_index("sessions_attempt", ["registration_key", "attempt_key"], unique=False)

    op.create_table(
        "state_pieces",
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_key"],
            ["registrations.key"],
        ),
        sa.PrimaryKeyConstraint("registration_key", "session_id", "seq", "index"),
    )
    op.create_table(
        "statements",
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("stored_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_key"],
            ["registrations.key"],
        ),
        sa.PrimaryKeyConstraint("registration_key", "statement_id"),
    )
    op.create_table(
        "xapi_documents",
        sa.Column("registration_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_key"],
            ["registrations.key"],
        ),
        sa.PrimaryKeyConstraint("registration_key", "name"),
    )


def downgrade() -> None:
    op.drop_table("xapi_documents")
    op.drop_table("statements")
    op.drop_table("state_pieces")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("sessions_attempt")
        batch_op.drop_index(batch_op.f("ix_sessions_learner_key"))

    op.drop_table("sessions")
    op.drop_table("launches")
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corrections_registration_key"))

    op.drop_table("corrections")
    op.drop_table("cmi5_fetches")
    op.drop_table("attempts")
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_index(
            "registrations_living_id",
            postgresql_where=sa.text("deleted_ms IS NULL"),
            sqlite_where=sa.text("deleted_ms IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_registrations_learner_key"))
        batch_op.drop_index(batch_op.f("ix_registrations_course_key"))

    op.drop_table("registrations")
    op.drop_table("sign_in_links")
    with op.batch_alter_table("course_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_course_versions_course_key"))

    op.drop_table("course_versions")
    op.drop_table("users")
    op.drop_table("policies")
    op.drop_table("ledger")
    op.drop_table("learners")
    op.drop_table("import_jobs")
    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.drop_index(
            "courses_living_id",
            postgresql_where=sa.text("deleted_ms IS NULL"),
            sqlite_where=sa.text("deleted_ms IS NULL"),
        )

    op.drop_table("courses")
    op.drop_table("api_keys")
