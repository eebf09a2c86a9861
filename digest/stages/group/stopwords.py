"""Stop words: English words that tell nothing about a theme."""

from __future__ import annotations

_WORDS = """
a about above across after again against all also am an and any are around as at be because been before
being below between both but by can could did do does doing down during each every few first for from
further get had has have having he her here hers herself him himself his how however i if in into is it its
itself just last like made make many may me might more most much must my myself new no nor not now of off on
once one only or other our ours ourselves out over own per said same say says she should since so some such
take than that the their theirs them themselves then there these they this those three through to too two
under until up upon us use used very was way we well were what when where which while who whom whose why
will with within without would year years yet you your yours yourself yourselves
"""
STOP = frozenset(_WORDS.split())
