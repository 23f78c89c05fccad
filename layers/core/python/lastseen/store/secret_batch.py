"""Read several secrets in one call at a cold start, and each by itself from then on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


@dataclass
class FirstTogether:
    """A Secrets Manager client, as far as we use one. What is first asked of it brings the other secrets along.

    Attributes:
        client: A Secrets Manager client.
        arns: The secrets that a cold start needs.
    """

    client: "SecretsManagerClient"
    arns: Sequence[str]
    _at_hand: dict[str, Any] = field(default_factory=dict, repr=False)
    _has_asked: bool = False

    def get_secret_value(self, *, SecretId: str) -> Any:  # noqa: N803 - as the client has it
        """Give a secret; the first time with all the others, which are then given once without a call.

        Raises whatever the client raises. A secret that could not be read with the others is asked for by itself, so
        that the error is its own.
        """
        if not self._has_asked:
            answer = self.client.batch_get_secret_value(SecretIdList=list(self.arns))
            self._at_hand = {said["ARN"]: said for said in answer["SecretValues"]}
            self._has_asked = True
        found = self._at_hand.pop(SecretId, None)
        return self.client.get_secret_value(SecretId=SecretId) if found is None else found
