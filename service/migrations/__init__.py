"""Steps that build and upgrade the database schema."""
