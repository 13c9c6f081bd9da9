"""A network before it is used: what its posts, lines, keys and ledger contradict."""

from pavement.network_check.check import check_survey
from pavement.network_check.finding import Fault, Finding, ManagedLine, Post, Severity, Stretch, Survey

__all__ = ["Fault", "Finding", "ManagedLine", "Post", "Severity", "Stretch", "Survey", "check_survey"]
