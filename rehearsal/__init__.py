"""A rehearsal of the deployment to AWS, without AWS: what an emulator hides, and a first account would show.

`make rehearse` runs every check of `PROGRAMME` (in `__main__`) and says what was rehearsed, what is wrong, and where.
Each check is one module with a function `rehearse` that gives an `Outcome`; `tests/unit/rehearsal` falsifies what it
looks at by hand and sees it turn red.

- `outcome`: what a check answers. `processed`: the template as AWS sees it, after SAM's own transform (`transform`
  runs in the environment of the SAM CLI).
- The template: `lint`, `routes`, `names`, `traps` (what refuses a first deployment), `schedules`, `releases`.
- The template beside what tests saw the functions do (`recording`; `grants`: what IAM asks of a call): `published`
  (metrics of alarms and dashboard), `policies` (nothing missing, nothing unused).
- A day of it: `day` (which alarms ring; `life`: kinds of days, `cloudwatch`: how alarms are evaluated), `queued`
  (Lambda's asynchronous queue under the schedules).
- What was built: `artifact`. What people are told to type: `commands`. How it is deployed: `deployment`, with the real
  program and the real SAM CLI, before an account of its own (`formation`).
- `standin`: an AWS on this machine that answers as told, drops and hangs, with answers that AWS's own model knows
  (`model`, `protocol`). `tests/integration/aws` shows it to the functions; `make smoke` records through it.
- `body`: what API Gateway would import, to try by hand.

What only AWS itself can tell is in docs/first-deploy.md.
"""
