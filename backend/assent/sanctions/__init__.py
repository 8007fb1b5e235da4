"""Targets, listings per jurisdiction, screening and dossiers."""
