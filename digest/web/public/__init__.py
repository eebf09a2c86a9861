"""Public pages: what readers see. Small, without scripts, and nothing on them knows more of a reader than their link.

::

    GET  /subscribe/{newsletter}   a form            POST  the same answer, whoever asks
    GET  /c/{token}                a button          POST  they are on the list
    GET  /p/{token}                what they get     POST  what they want instead
    GET  /u/{token}                a button          POST  they have left (RFC 8058: without any cookie)
    GET  /k/{token}                a button          POST  they stay
    GET  /l/{edition}/{token}      leads on to a story, and is counted where the newsletter wants that

No GET changes anything of anybody, since programs follow every link of an email before its reader does.
"""

from digest.web.public.site import site

__all__ = ["site"]
