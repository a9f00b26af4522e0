"""Every test starts from the same settings, and Hypothesis draws the same examples."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tensorlearn import config, wording

# `dev` for the desk, `ci` before landing, `nightly` to look for what nobody thought of.
# Only `nightly` draws new examples each time: the others cannot fail by bad luck.
steady = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=15, derandomize=True, **steady)
settings.register_profile("ci", max_examples=60, derandomize=True, **steady)
settings.register_profile("nightly", max_examples=500, print_blob=True, **steady)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(autouse=True)
def default_settings():
    """The documented defaults, whatever the last test or the user's files say."""
    config.set_floatx("float32")
    config.set_epsilon(1e-7)
    config.set_image_data_format("channels_last")
    config.set_seed(0)
    wording.set_language("en")
