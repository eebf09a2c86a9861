"""What comes back: bounces, complaints, wishes to leave, and the mailboxes they lie in.

opening   one message's bytes become headers and parts, within bounds
codes     what a status code and a server's words mean: for good, for now, or nothing at all
phrases   how servers say what is wrong; wordings: how they word a notice
notices   delivery status notifications (RFC 3464)
texts     bounces in words alone, as many mail servers write them
abuse     complaints (RFC 5965) and Amazon's notifications
replies   who wants to leave, and who is merely away
report    all of them: one message's bytes -> one Report
maildir   Maildirs and mbox files
imap      a mailbox on an IMAP server
"""
