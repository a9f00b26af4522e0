"""Explanations and pictures: of a backward pass, a graph, a training, a model's inside.

What needs matplotlib says so: `pip install 'tensorlearn[plot]'`; everything else is text,
HTML and SVG written here.
"""

from tensorlearn.visual.confusion import ConfusionMatrix, confusion_matrix
from tensorlearn.visual.explaining import explain
from tensorlearn.visual.graphs import graph
from tensorlearn.visual.model_plot import model_to_dot, plot_model
from tensorlearn.visual.picture import Picture
from tensorlearn.visual.plots import feature_maps, plot_history, plot_weights
from tensorlearn.visual.telling import Explanation

__all__ = [
    "ConfusionMatrix",
    "Explanation",
    "Picture",
    "confusion_matrix",
    "explain",
    "feature_maps",
    "graph",
    "model_to_dot",
    "plot_history",
    "plot_model",
    "plot_weights",
]
