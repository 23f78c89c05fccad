"""The one logger and the one set of metrics: one canonical line an invocation, a metric for every outcome.

Lines carry ids and counts. Never a secret, a token, a VIN, a coordinate or a body: what is logged is named field by
field at the doors, and nothing is passed through.
"""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

__all__ = ["MetricUnit", "logger", "metrics"]

# Service, level and namespace come from the POWERTOOLS_* variables of the template.
logger = Logger(utc=True)
metrics = Metrics()
