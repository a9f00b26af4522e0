"""Small helpers around models and data, under their Keras names."""

from tensorlearn.models.summary import print_summary
from tensorlearn.progress import Progbar
from tensorlearn.utils.conv_utils import convert_kernel
from tensorlearn.utils.data_utils import (
    GeneratorEnqueuer,
    HDF5Matrix,
    OrderedEnqueuer,
    Sequence,
    SequenceEnqueuer,
    get_file,
    validate_file,
)
from tensorlearn.utils.generic_utils import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    has_arg,
    multi_gpu_model,
    register_keras_serializable,
    serialize_keras_object,
)
from tensorlearn.utils.layer_utils import (
    convert_all_kernels_in_model,
    count_params,
    get_source_inputs,
)
from tensorlearn.utils.np_utils import normalize, to_categorical
from tensorlearn.utils.vis_utils import Picture, model_to_dot, plot_model

__all__ = [
    "CustomObjectScope",
    "GeneratorEnqueuer",
    "HDF5Matrix",
    "OrderedEnqueuer",
    "Picture",
    "Progbar",
    "Sequence",
    "SequenceEnqueuer",
    "convert_all_kernels_in_model",
    "convert_kernel",
    "count_params",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_file",
    "get_source_inputs",
    "has_arg",
    "model_to_dot",
    "multi_gpu_model",
    "normalize",
    "plot_model",
    "print_summary",
    "register_keras_serializable",
    "serialize_keras_object",
    "to_categorical",
    "validate_file",
]
