"""Window, pages and dialogs. They show snapshots and ask through the gateway; no SQL, no process, no waiting here."""
