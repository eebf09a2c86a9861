"""Child processes with limits on time and memory, for work on what others made: documents and pictures."""
