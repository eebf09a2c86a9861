"""The network's one door for HTTP: fetch (bounded, guarded), resolve (which addresses are allowed)."""
