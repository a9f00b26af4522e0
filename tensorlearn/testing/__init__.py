"""Tools that look for mistakes: in gradients, and in the first NaN's neighbourhood."""

from tensorlearn.testing.anomaly import AnomalyError, detect_anomaly
from tensorlearn.testing.diagnosis import diagnose
from tensorlearn.testing.doctor import check_engine, check_gradient, check_layer
from tensorlearn.testing.errors import GradientError
from tensorlearn.testing.gradcheck import gradcheck

__all__ = [
    "AnomalyError",
    "GradientError",
    "check_engine",
    "check_gradient",
    "check_layer",
    "detect_anomaly",
    "diagnose",
    "gradcheck",
]
