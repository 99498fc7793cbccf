"""QueueCTL: a desktop job queue that lives in the tray."""

__version__ = "2.0.0"
