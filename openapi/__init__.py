"""The description of the read API, `openapi.json`: written here as Python, kept beside the code that serves it.

What the code decides is taken from the code (routes, bounds, patterns, kinds, verdicts), so it cannot be said wrongly;
the rest is written here. `make openapi` writes the document anew, and a unit test fails while the kept one is another.

- `words`      how a field is described: its type, unit, whether it may be null, and an example value
- `devices`    the seven families in Enode's form
- `resources`  what is ours, and the little that is Enode's beside devices
- `said`       parameters, headers, refusals
- `paths`      every route
- `document`   all of it put together; `python -m openapi` writes it
- `breaking`   would a change break a client that is out there?
"""
