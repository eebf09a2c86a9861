"""What the program does. Every commit is here, and none encloses the network.

harvest   sources are asked; one commit a source
people    the subscribers' file is read; one commit a file
edition   draft, approve: computed outside, one commit
send      plan, claim, mark, settle, sweep, finish
due       what the clock rings for
"""
