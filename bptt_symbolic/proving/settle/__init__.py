"""Note -> findings: readings searched, evidence proposed and confirmed, chains followed."""
