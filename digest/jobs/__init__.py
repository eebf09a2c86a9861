"""What the program does. Every commit is here, and none encloses the network.

harvest   sources are asked; one commit for all who answered meanwhile
articles  the own pages of new articles, asked for a harvest
people    the subscribers' file is read; one commit a file
edition   draft, approve: computed outside, one commit
mending   a person changes the stories of a draft: computed outside, one commit
grouping  new stories are placed, as staff taught it; how the themes are used
vectors   a text that was compared before is not encoded again
reviewing a person moves or keeps a story under a theme; one commit
pinning   a person wants a story at the top, through mending
send      plan, claim, mark, settle, sweep, finish
rehearsal who would get which message; nothing is written down
resending a person decides that some are mailed again; one commit
steering  a person pauses, resumes, cancels, sends now, retries, or leaves who is in doubt; each once
following how a send stands, from counts that triggers keep
report    what a send came to, beside the editions before it
correcting a person says what was wrong in an edition that people have; one commit
corrected what a correction holds, and who gets it
ending    a newsletter ends, with its drafts; one commit
due       what the clock rings for
"""
