"""The database: engine and sessions, row-level security, the PostgreSQL we bring along."""
