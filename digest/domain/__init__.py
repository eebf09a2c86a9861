"""The words of the house: types, errors, ports and states. No I/O, no third-party import."""
