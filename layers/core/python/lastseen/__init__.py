"""Lastseen: webhooks from Enode in, honest device state and history out.

The rooms, in reading order:

- `errors`: every way we say no, drawn as a tree.
- `domain`: decisions only. `device`, `account`, `document`, `bounds`, `event`, `order`: the words. `snapshot`, `merge`
  and `unlogged`: what is believed of a device, and why the order of arrival cannot matter. `path`, `diff`, `history`:
  what changed. `contact`, `freshness`: how far it can be trusted. `care`, `cover`, `budget`: when and how it is looked
  at again.
- `usecases`: the order of steps. `ingest`: a delivery is kept. `read`, `past` (with `devicelog`, `changes`): a question
  is answered. `refresh`, `charging`, `sweep`, `reconcile`, `guard`: the state is kept honest, and by `lease` one at a
  time. `verify`, `hints`, `lists`, `userlist` are parts of the sweep, `listing`, `missing`, `departures` of the
  reconcile; `faults` keeps one bad device from stopping either. `ports`, `upkeep`, `accounts`, `asking`, `intake`,
  `keep`, `heartbeat`: what they need.
- `enode`: the inward border. `signature`: did Enode send it? `wire`, `strict`, `pieces`, `events`: what does it say?
  `client`, `webhooks`: what does it answer? (`exchange`, `token`, `session`: how it is asked; `models`: how answers
  look.)
- `store`: how it is kept. `keys` draws the tables; `states` writes the state (with `statements`) and `devices` reads it
  (with `registers`, `gets`, `siblings`), `log` writes the history and `history` reads it; `ward`, `counts` and
  `records` are the sweep's memory; `limit` holds every call to the deadline.
- `api`: the outward border: HTTP in, HTTP out, and how things look from outside.
- `routes`: which question goes to which use case; the one room above the others.
- `config`, `observability`: what the deployment told us, and what we tell its operators.

A room imports `domain` and `errors`, never its neighbour; `routes` and the functions compose them.
"""

__version__ = "0.1.0"
