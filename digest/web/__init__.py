"""Pages in the browser. For now one: the read-only preview of an edition."""
