"""The borrower's page: what is owed and why, and what they may do, behind a link and one question."""
