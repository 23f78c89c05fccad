"""Lastseen: webhooks from Enode in, honest device state and history out.

The rooms, in reading order (`docs/architecture.md` names every module):

- `errors`: every way we say no, drawn as a tree.
- `domain`: decisions only. `device`, `account`, `document`, `event`, `order`: the nouns. `event_catalog`: what follows
  from an event's name. `identity`, `placeholders`, `twin`: what is one physical device under whatever id, and our id
  of it. `snapshot`, `merge`, `unlogged`: what is believed of a device, and why the order of arrival cannot matter.
  `property_path`, `diff`, `history`: what changed. `contact`, `freshness`: how far it can be trusted.
  `check_schedule`, `backoff`, `budget`, `fetch_plan`: when and how it is checked at Enode. `retention`, `anchor`,
  `gap`: what of the past is kept, and what is missing. `records`: what the system remembers of itself.
- `usecases`: the order of steps. `ingest` keeps a delivery; `refresh` and `smart_charging` ask Enode for one device;
  `split_twin` is done by hand;
  `store_readings`, `join_state`, `accounts` and `ports` serve several of them.
- `usecases.reading`: questions. `present`, `past` (with `device_log`, `changes`), `health`; `twins`, `twin_past` (with
  `link_parts`, `merged_pages`): the same of a twin, over its links.
- `usecases.maintenance`: jobs on a schedule. `sweep` (with `verify`, `hints`, `list_walk`, `user_list`), `reconcile`
  (with `reconcile_lists`, `reconcile_devices`, `reconcile_users`, `reconcile_credentials`), `webhook_guard`,
  `gap_watch`, `anchors`, `freshness_census`; all under `lease` and `rate_limiter`.
- `enode`: the inward border. `signature`: did Enode send it? `delivery`, `strict_json`, `json_array`, `events`: what
  a delivery says. `client`, `webhooks`: Enode's API (`transport`, `token`, `session`: how it is called; `models`: how
  answers look).
- `store`: DynamoDB, Secrets Manager, S3. `keys` draws the tables; `state_writer` and `device_reader` hold the state,
  `log_writer` and `log_reader` the history, `check_store` and `records` the sweep's memory; `call_deadline` bounds
  every call.
- `api`: the outward border: HTTP in, HTTP out, and how things look from outside.
- `routes`: one function a route: parameters in, one use case, view out.
- `composition`: who gets what, above all of them.
- `config`, `observability`: what the deployment told us, and what we tell its operators. `cold_start`: how it loads.

A room imports `domain` and `errors`, never its neighbour; `composition` and the functions put them together.
"""

__version__ = "0.1.0"
