"""What is kept: tables, migrations, the queue's verbs and reads, output files, and ringing the doorbell."""
