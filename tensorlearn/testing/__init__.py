"""Tools that look for mistakes: in gradients, and in the first NaN's neighbourhood."""

from tensorlearn.testing.anomaly import AnomalyError, detect_anomaly
from tensorlearn.testing.diagnosis import diagnose
from tensorlearn.testing.gradcheck import GradientError, gradcheck

__all__ = [
    "AnomalyError",
    "GradientError",
    "detect_anomaly",
    "diagnose",
    "gradcheck",
]
