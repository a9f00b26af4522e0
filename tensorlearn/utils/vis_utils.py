"""Pictures of models, in the place where Keras has them; see `visual/model_plot.py`."""

from tensorlearn.visual.model_plot import model_to_dot, plot_model
from tensorlearn.visual.picture import Picture

__all__ = ["Picture", "model_to_dot", "plot_model"]
