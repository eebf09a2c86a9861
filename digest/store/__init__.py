"""Memory: SQLAlchemy Core tables and queries, Alembic migrations, the workers' lock files."""
