"""Pictures: what sites give as a picture becomes one that this program made itself, in the shapes that emails show.

opening   which pictures are opened at all, and how each becomes plain red, green and blue
shaping   cut, made smaller, and written as JPEG of at most so many bytes
resizer   does both in child processes with limits

Nothing of the file that came is passed on but what it looks like: no metadata, no script, no frames.
"""
