"""`make deploy` and `make preflight`: one file of settings a stack, few questions, checks before anything is made.

In reading order: `parameters` (what the template asks, and which values it takes), `settings` (`stacks/<name>.toml`),
`questions` (for a stack that has no file yet), `preflight` (what AWS would only tell after minutes), `stack` (what
CloudFormation has under the name), `run` (the order of it all). Secrets are none of its business: Enode's client goes
from a file of yours to Secrets Manager, and no parameter ever holds it.
"""
