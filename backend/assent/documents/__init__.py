"""Setting a text as a document: PDF and DOCX. Knows nothing of kinds, cases or the database."""
