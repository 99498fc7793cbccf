"""What a job is and what becomes of it: pure values and pure decisions, no database, no process, no clock."""
