"""The caller of a request, and whose devices they may see."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        user_id: The one user whose devices they may see; None for nobody's.
        sees_all: Whether they may see every user's.
    """

    user_id: str | None
    sees_all: bool = False

    def may_see(self, user_id: str | None) -> bool:
        """Say whether this user's devices are there for the caller.

        >>> Caller("anna").may_see("anna"), Caller("anna").may_see("ben"), Caller(None, sees_all=True).may_see("ben")
        (True, False, True)
        """
        return self.sees_all or (user_id is not None and user_id == self.user_id)
