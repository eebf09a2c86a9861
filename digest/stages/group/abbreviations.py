"""Abbreviations: what those of English schools and charities stand for; models of general English do not know them.

They are written out beside the abbreviation before a text is compared. A workspace adds its own in digest.toml under
`abbreviations`; one with an empty text takes a word of this list out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

SECTOR = {
    "AP": "alternative provision outside mainstream school",
    "ASD": "autism spectrum disorder",
    "CAMHS": "child and adolescent mental health services",
    "CEO": "chief executive",
    "CPD": "continuing professional development of teachers",
    "CPOMS": "safeguarding records",
    "DfE": "Department for Education",
    "DSL": "designated safeguarding lead",
    "EAL": "English as an additional language",
    "EBSA": "emotionally based school avoidance",
    "ECF": "early career framework for new teachers",
    "ECT": "early career teacher",
    "EHCP": "education, health and care plan for special educational needs",
    "EYFS": "early years foundation stage, nursery and reception",
    "EYPP": "early years pupil premium",
    "FE": "further education college",
    "FSM": "free school meals",
    "HE": "higher education, university",
    "ITT": "initial teacher training",
    "KS1": "key stage 1, ages five to seven",
    "KS2": "key stage 2, ages seven to eleven",
    "KS3": "key stage 3, ages eleven to fourteen",
    "KS4": "key stage 4, GCSE years",
    "LA": "local authority",
    "LAC": "looked-after children in care",
    "MAT": "multi-academy trust",
    "NEET": "young people not in education, employment or training",
    "NPQ": "national professional qualification for school leaders",
    "NPQH": "national professional qualification for headship",
    "PP": "pupil premium for disadvantaged pupils",
    "PRU": "pupil referral unit",
    "PSHE": "personal, social, health and economic education",
    "RSHE": "relationships, sex and health education",
    "SALT": "speech and language therapy",
    "SEMH": "social, emotional and mental health needs",
    "SEN": "special educational needs",
    "SENCO": "special educational needs coordinator",
    "SENCo": "special educational needs coordinator",
    "SEND": "special educational needs and disabilities",
    "SLT": "senior leadership team of a school",
    "TA": "teaching assistant",
    "VCSE": "voluntary, community and social enterprise",
}


def written_out(text: str, meanings: Mapping[str, str]) -> str:
    """Return a text with the meaning of each abbreviation in brackets behind its first mention.

    meanings: abbreviation -> what it stands for. Only capitals as they are written there count, and their plural with
    a small s: “sen” or “MATERIAL” is no abbreviation.
    """
    known = {short: meaning for short, meaning in meanings.items() if meaning}
    if not known:
        return text
    told: set[str] = set()

    def write(found: re.Match[str]) -> str:
        short = found.group(1)
        if short in told:
            return found.group()
        told.add(short)
        return f"{found.group()} ({known[short]})"

    return _pattern(tuple(sorted(known))).sub(write, text)


@lru_cache(maxsize=8)
def _pattern(shorts: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(shorts, key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})s?(?!\w)")
