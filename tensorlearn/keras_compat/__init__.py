"""Old Keras scripts as they are: `import keras` means tensorlearn.

    import tensorlearn.keras_compat
    tensorlearn.keras_compat.install_as_keras()
    from keras.models import Sequential

or, without touching the script, `python -m tensorlearn run script.py`. Which module of
Keras 2.2.4 and 1 is made of what stands in `table.py`.
"""

from tensorlearn.keras_compat.finder import install_as_keras, installed, uninstall
from tensorlearn.keras_compat.script import run_script

__all__ = ["install_as_keras", "installed", "run_script", "uninstall"]
