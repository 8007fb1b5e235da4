"""Assent: nothing goes out until the family has said yes to exactly that."""
