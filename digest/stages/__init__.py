"""The work: pure functions, in the order of the data.

collect -> dedupe -> group -> layout -> render -> review -> segment -> send -> track
"""
