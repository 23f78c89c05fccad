"""Decisions only: no AWS, no clock, no environment, no logging. Everything here is a function of its arguments."""
