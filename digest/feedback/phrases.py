"""Phrases: how mail servers say what is wrong, by what it means; for words in lower case, one space apart."""

from __future__ import annotations

import re
from collections.abc import Sequence


def _compiled(phrases: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    # one expression each for a hundred phrases; a gap within a phrase has a bound
    return tuple(re.compile(phrase.replace("…", r".{0,60}?")) for phrase in phrases)


#: the message itself says that it is still being tried (RFC 3464 2.3.3, delayed)
DELAYED = _compiled(
    (
        r"\bwill (be retried|retry|keep trying|continue to (try|attempt)|try again|be attempted)\b",
        r"\bdelivery attempts will (continue|be)",
        r"\bwarning message only\b",
        r"\b(do|need) not (need to )?re-?send your (message|mail)",
        r"has not (yet )?been delivered (yet|to)…(will|warning)",
        r"\bthis is a (delivery )?(warning|delay)",
        r"still (being )?(retr|trying|attempting|queued|in the queue)",
    )
)

#: the box is full, whatever else is said
FULL = _compiled(
    (
        r"\bbo[iî]te…\bpleine\b|\bpostfach…\b(voll|überfüllt)\b|\bbuz[oó]n…\blleno\b",
        r"\bno (room|space)( left)? (in|for|on)\b",
        (
            r"(mail ?box|inbox|mail ?folder|in-?box|user|account|maildir|recipient|storage)('s)?( is| are|"
            r" was|:)?…\b(too )?full\b"
        ),
        r"full mail ?box",
        r"\b(over|exceed\w*|out of|above|beyond|reached|limit of)\b…\b(disk ?)?(quota|space|storage|allocation)\b",
        r"\b(disk ?)?quota\b…\b(exceed|over|full|violation|reached|used up|limit)",
        r"\bover ?quota\b",
        r"(not enough|insufficient|no|low)( free)?( disk| system| mail)? ?(space|storage|disk)\b",
        r"mail ?box (size|storage) (limit|exceed)|(mail ?box|account)…(exceed|limit exceeded)",
        r"\bspace…(exhausted|exceeded|limit)",
        r"too (many|much) (messages|mails?|mail data) (in|for|on)\b",
    )
)

#: whatever else is said, the address may be good: the box is shut for now, the sender or the mail is not liked
ALWAYS_PASSING = _compiled(
    (
        r"(message|mail|letter)s? (size|is|was|too)…(too (large|big)|exceed|larger than)",
        r"(too large|too big|size limit|larger than|maximum (allowed )?(message )?size)",
        # shut, for now
        (
            r"\b(account|mailbox|mail box|user|user\(s\) account|inbox|recipient address)\b…\b(suspended|"
            r"disabled|locked|on hold|frozen)\b"
        ),
        r"\bdisabled (recipient|account|user|mailbox)|(account|mailbox)…\binactive\b",
        r"(recipient|email|e-mail) preferences",
        # not the address, but who sends or what is in the mail
        (
            r"\bsender\b…(rejected|denied|refused|invalid|not exist|unknown|verif|blocked|not (found|"
            r"allowed|authori)|unauthori)"
        ),
        (
            r"\b(bad|invalid|unknown|illegal|forged|blocked|unverified|return)\b( \S+)? (sender|return|"
            r"envelope[- ]from|mail from|from)( address| domain)?\b"
        ),
        r"domain of sender|senders? (address|domain)|from address|cannot find your (hostname|domain|reverse)",
        (
            r"\b(spam|spammer|spamming|junk mail|unsolicited|bulk mail|uce|phish\w*|virus(es)?|malware|"
            r"infected|malicious)\b"
        ),
        (
            r"\b(black|block|deny|reject)[- ]?list(ed|ing)?\b|\bdnsbl\b|\brbl\b|\bspamhaus\b|\bspamcop\b|"
            r"\bsorbs\b|\bbarracuda\b"
        ),
        r"\b(reverse dns|rdns|ptr|reverse (host|hostname|lookup|mapping|address)|helo|ehlo|hostname lookup)\b",
        (
            r"\b(spf|dkim|dmarc|sender[- ]?id|arc)\b…(fail|pass|not|reject|policy|check|required|error|"
            r"align|record|softfail)"
        ),
        r"(fail\w*|violat\w*|reject\w*|due to|against|per|by|comply)…\b(spf|dkim|dmarc)\b",
        (
            r"\bunauthenticated\b|\bnot authenticated\b|\bauthentication (required|is required|failed|"
            r"checks?|information)\b"
        ),
        r"\b(reputation|policy|policies|prohibited|administrative(ly)?|content filter|content restrictions?)\b…",
        (
            r"\b(ip|client|host|connection|access|server|network|message|mail|e-?mail|address|"
            r"domain) \S{0,60} ?(has been |was |is |been )?(temporarily )?(blocked|banned|blacklisted|"
            r"deferred|throttled)\b"
        ),
        r"\bblocked (by|using|due|for|because|at)\b|\bblocked\. ",
        (
            r"\brelay(ing)?\b…(denied|prohibited|not (allowed|permitted)|rejected|refused)|\b(unable to|"
            r"cannot|not|no|not permitted to) relay\b"
        ),
        r"we do not relay|not local host|relay access|gateway…denied",
        # the way there
        r"grey-?list|greylist|gr[ae]ylist",
        r"\btemporar(y|ily)\b|\btry (again )?later\b|(?<!and )\btry again\b|\btransient\b|\bretry later\b",
        (
            r"\bdeferred\b|\btoo many (connections|sessions|concurrent|recipients|hops|errors|invalid|"
            r"messages|mails|emails)\b|\brate[- ]?limit"
        ),
        (
            r"(sent|receiving|received) (mail|messages|email)s? (at|too)…(rate|quickly|fast)|\bthrottl|"
            r"too (fast|quickly|frequently|often)"
        ),
        (
            r"\b(connection|operation|conversation|session|delivery|read|write|command)\b…(timed? ?-?out|"
            r"refused|reset|lost|dropped|closed|broken)"
        ),
        (
            r"timed? ?out|time ?limit|retry timeout exceeded|(delivery|retry|message) (time )?expired|"
            r"expired…(queue|after)"
        ),
        (
            r"\b(in (the )?queue|undeliver\w+|not been delivered|could not be delivered|unable to deliver|"
            r"delivery)\b…(too long|for (more|over|at least)|after|\d+ (hours?|days?|minutes?))"
        ),
        r"\bmail (forwarding )?loop\b|loops? back to|loop(ing)? detected|too many hops|hop count|routing loop",
        (
            r"\bno route to host|network (is )?unreachable|host (is )?unreachable|could not connect|"
            r"couldn't (establish|connect)|unable to connect|can't connect"
        ),
        (
            r"(service|server|system|resources?) (is )?(currently |temporarily )?(unavailable|busy|"
            r"not available|down|too busy|shutting)"
        ),
        r"\b(name|dns|domain|host|mx) (service|server|lookup|resolution)?…(temporary|timeout|servfail|deferred)",
        r"\b(tls|starttls|ssl|encrypt\w*|certificate)\b…(fail|required|error|not|must|unavailable)",
    )
)

#: nobody is there, the domain is not, or takes no mail, or its owner went elsewhere
ADDRESS_IS_WRONG = _compiled(
    (
        (
            r"\b(user|recipient|account|address|mail ?box|rcpt|addressee|person|member|customer|"
            r"subscriber|alias|name|login|id)s?\b( \S{1,80})?( (is|was|are|id))?( \S{1,80})? ?(unknown|"
            r"not (found|known|exist|exists|listed|recogni[sz]ed|valid|a valid|registered|here|local|"
            r"defined|in use)|(was|were) not found|no longer|invalid|nonexist\w*|non-exist\w*|undefined)\b"
        ),
        (
            r"\b(unknown|invalid|no such|nonexistent|non-existent|bad|illegal|incorrect|undefined|"
            r"unrecogni[sz]ed|unrouteable|unroutable|wrong|no valid|not a valid|not a known|not a local|"
            r"no)\b( \S{1,40}){0,2}? (user|recipients?|account|address(es)?|mail ?box(es)?|rcpt|addressee|"
            r"person|member|customer|subscriber|alias|username|local[- ]part|destination|name)\b"
        ),
        (
            r"\b(does|do|did|doesn't|don't|didn't)( not|n't)?( seem to| appear to)? (exist|"
            r"have an? (\S{1,80} )?(account|mailbox)|have (\S{1,80} )?(account|mailbox))"
        ),
        (
            r"\b(user|recipient|address|mailbox|account|email|e-mail|"
            r"you tried to reach)\b…(does ?n[o']t exist|doesn't exist|not exist|doesn't have|"
            r"does not have|doesn't like|no longer)"
        ),
        (
            r"\bno longer (valid|available|exists?|in use|active|here|with|works?|accept|on (this|"
            r"the) server|employed|monitored|at)\b"
        ),
        r"\bhas (left|moved|retired)\b|\bmoved to\b|\bno longer works\b|\baddress (has )?changed\b|\bplease try <",
        r"\bdelivery to the following (recipient|address)\S* (was )?impossible",
        (
            r"\b(host|domain|hostname|mail domain|site|destination)s?\b( \S{1,80})?( (is|was))? ?(unknown|"
            r"not (found|exist|known)|does not exist|doesn't exist|invalid|non-?existent|name not found|"
            r"couldn't be found|could not be found)"
        ),
        (
            r"\b(unknown|invalid|no such|nonexistent|unrouteable|illegal|bad) (mail |destination |remote |"
            r"recipient )?(host|domain|hostname|system)\b"
        ),
        (
            r"\b(nxdomain|name or service not known|couldn't find any host named|domain name not found|"
            r"host name lookup…(fail|not found))\b"
        ),
        (
            r"\bno (mx|mail exchangers?|a|dns|valid mx|such domain)( or \S+)?( records?)?…(found|exist|"
            r"for)\b|\bnull ?mx\b|all relevant mx records"
        ),
        (
            r"\b(doesn't|does not|do not|not) (accept|receive|take|handle)( any)? (e?-?mails?|mail|"
            r"messages)\b|indicated no (smtp|mail) service|no smtp service|accepts? no mail"
        ),
        r"\b(recipient )?address rejected: access denied\b|\b(recipient )?address rejected[. ]*(\(|$|\S{1,64}@)",
        r"\b(benutzer|empfänger) (ist )?unbekannt|unbekannter (benutzer|empfänger)",
        r"\b(destinataire|utilisateur|adresse) inconnue?\b|destinataire invalide",
        r"\busuario desconocido|destinatario desconocido",
        r"\bdomain is not reachable\b|\brecipient domain must exist\b",
        r"\b(deactivated|deleted|closed) (mailbox|account|user|address)\b|\bnot in (the )?route list\b",
        r"\b(address|lookups?)…(has been changed|has been replaced|failed permanently)\b",
        r"\bnot (our|a|one of our) (customer|user|member|subscriber)\b|\bno account (by|with|for) (that|this)",
        (
            r"\b(can't|cannot|could not|couldn't|unable to) (find|locate|verify|resolve|identify)\b…(user|"
            r"recipient|address|account|mailbox|person|directory|domain|host)"
        ),
        (
            r"\b(user|recipient|address|mailbox|account)…(couldn't|could not|cannot|can't|unable to|"
            r"not) be (found|located|verified)"
        ),
        (
            r"\b(user|recipient|mailbox|account|address)…(deactivated|deleted|closed|removed|discontinued|"
            r"terminated|cancell?ed)"
        ),
        r"\bnot (listed|found) in\b…(directory|address ?book|user list|database|table)|unlisted",
        (
            r"\bthere is no (user|account|mailbox|one|such)\b|\bnobody (by|with|of)\b|not a known user|"
            r"no mailbox (here|by)|sorry, no mailbox|isn't (here|a valid)"
        ),
        (
            r"\baddress (error|lookup failed|unknown|not known)\b|\bunknown to\b|\bnot known (here|at)\b|"
            r"\brcpt to…(unknown|invalid)"
        ),
        r"\b(couldn't|could not|wasn't|was not) (be )?found (at|in|on|or)\b|\baddress couldn't be found",
        r"\bundeliverable address\b|\baddress is undeliverable\b",
    )
)

#: the address is there, but did not take it
PASSING = _compiled(
    (
        r"\b(suspend|disabled|inactive|dormant|frozen|locked|on hold|not active|expired)\w*\b",
        r"\b(refused|rejected|denied|filtered|restricted|not (accepted|allowed|permitted|authori[sz]ed)|access)\b",
        (
            r"\b(system|local|configuration|internal|software|i/o|mailer) (error|problem|failure)|"
            r"\bcommand failed|\bcannot (open|create|write|append)|\bpermission denied|"
            r"unknown mailer error"
        ),
        r"\bmail ?box (is )?(unavailable|busy|locked)|\bunavailable\b",
        r"\bsyntax error|\bbad sequence|\bprotocol error|\bnot rfc",
    )
)
