"""Lastseen: webhooks from Enode in, honest device state and history out.

The rooms, in reading order:

- `errors`: every way we say no, drawn as a tree.
- `domain`: decisions only. `device`, `document`, `event`, `delivery`: the words. `snapshot` and `merge`: what is
  believed of a device, and why the order of arrival cannot matter. `diff` and `history`: what changed.
  `freshness`: how far it can be trusted.
- `usecases`: the order of steps. `ingest`: a delivery is kept. `read`: a question is answered. `ports`: what they need.
- `enode`: the inward border. `signature`: did Enode send it? `wire`, `pieces`, `events`: what does it say? `client`,
  `webhooks`: what does it answer? (`exchange`, `token`, `session`: how it is asked; `models`: how answers look.)
- `store`: how it is kept. `keys` draws the tables; `log` and `states` write, `history` and `devices` read.
- `api`: the outward border: HTTP in, HTTP out, and how things look from outside.
- `config`, `observability`: what the deployment told us, and what we tell its operators.

A room imports `domain` and `errors`, never its neighbour; the functions compose them.
"""

__version__ = "0.1.0"
