"""Tools that look for mistakes: gradient checks, and where a NaN came from."""

from tensorlearn.testing.anomaly import AnomalyError, detect_anomaly

__all__ = ["AnomalyError", "detect_anomaly"]
