"""`import keras` means tensorlearn in these tests, and no longer after each of them."""

import pytest

from tensorlearn import keras_compat


@pytest.fixture(autouse=True)
def as_keras():
    keras_compat.install_as_keras()
    yield
    keras_compat.uninstall()
