"""Jobs on a schedule: sweep, reconcile, webhook guard, freshness census. Each a `run(context, plan)`."""
