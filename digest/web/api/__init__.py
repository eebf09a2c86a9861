"""The API: what programs of an organisation may ask and do, each with a token of its own.

site       the application, and its description in OpenAPI
frame      what routes are handed, and how one is offered with the scope that it needs
guard      which program asks, and whether it may
problems   what did not work, as RFC 9457 has it
once       a request that is sent again is done once
values     JSON as it comes in and goes out
status, subscribers, suppressions, sources, editions, deciding   the routes
"""
