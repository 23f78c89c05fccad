"""Errors a user can mend, each with what to do about it."""


class UserError(Exception):
    """A step failed in a way that the person at the keyboard can mend.

    Its text is one sentence on what is wrong and one on the way out; it is printed without a traceback.
    """
