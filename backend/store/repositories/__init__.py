"""One repository a topic: each turns method calls into SQL and rows into records."""
