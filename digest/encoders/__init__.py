"""Encoders turn texts into vectors whose dot product is their likeness. One module a kind."""
