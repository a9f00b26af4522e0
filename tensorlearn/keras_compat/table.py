"""Every module path of Keras 2.2.4, and those of Keras 1, and what is found there.

A row names its sources. "tensorlearn.layers" stands for all public names of that module,
"tensorlearn.models:Input,Model" for some of them.
"""

from __future__ import annotations

from tensorlearn.wording import say

VERSION = "2.2.4"

_LAYERS = "tensorlearn.layers"
_LEGACY = "tensorlearn.layers.legacy"
_KERAS1 = "tensorlearn.keras_compat.keras1"
_ENGINE = (
    "tensorlearn.engine:Input,InputLayer,InputSpec,Layer",
    "tensorlearn.models.network:Network",
    "tensorlearn.utils:get_source_inputs",
    "tensorlearn.utils.generic_utils:has_arg,object_list_uid,to_list,unpack_singleton",
    "tensorlearn.keras_compat.engine:Container,Node",
    f"{_LEGACY}:Merge,merge",
)
_TRAINING = (
    "tensorlearn.models:Model",
    "tensorlearn.utils.generic_utils:slice_arrays",
    "tensorlearn.keras_compat.engine:make_batches,batch_shuffle",
)
_SAVING = (
    "tensorlearn.models:load_model,model_from_config,model_from_json,model_from_yaml",
    "tensorlearn.models:save_model",
    "tensorlearn.keras_compat.engine:load_weights_from_hdf5_group",
    "tensorlearn.keras_compat.engine:load_weights_from_hdf5_group_by_name",
    "tensorlearn.keras_compat.engine:preprocess_weights_for_loading",
    "tensorlearn.keras_compat.engine:save_weights_to_hdf5_group",
)
_CHAPTER = (  # what the files of Keras import themselves, and scripts from them
    "tensorlearn.engine:InputSpec,Layer",
    "tensorlearn.utils.generic_utils:has_arg,to_list,object_list_uid",
    "tensorlearn:activations,backend=K,constraints,initializers,regularizers",
)
_NAMED = (
    "tensorlearn.utils.generic_utils:deserialize_keras_object,serialize_keras_object",
)
_DRAWING = ("tensorlearn.utils.vis_utils:model_to_dot,plot_model",)

MODULES: dict[str, tuple[str, ...]] = {
    "keras": ("tensorlearn.models:Input,Model,Sequential",),
    "keras.activations": ("tensorlearn.activations",),
    "keras.backend": ("tensorlearn.backend",),
    "keras.backend.common": ("tensorlearn.backend.settings",),
    "keras.backend.tensorflow_backend": ("tensorlearn.backend",),
    "keras.callbacks": ("tensorlearn.callbacks",),
    "keras.constraints": ("tensorlearn.constraints",),
    "keras.datasets": (),
    "keras.datasets.boston_housing": (
        "tensorlearn.datasets.classics:boston_housing=load_data",
    ),
    "keras.datasets.cifar": (),
    "keras.datasets.cifar10": ("tensorlearn.datasets.classics:cifar10=load_data",),
    "keras.datasets.cifar100": ("tensorlearn.datasets.classics:cifar100=load_data",),
    "keras.datasets.fashion_mnist": (
        "tensorlearn.datasets.classics:fashion_mnist=load_data",
    ),
    "keras.datasets.imdb": (
        "tensorlearn.datasets.classics:imdb=load_data,imdb_word_index=get_word_index",
    ),
    "keras.datasets.mnist": ("tensorlearn.datasets.classics:mnist=load_data",),
    "keras.datasets.reuters": (
        "tensorlearn.datasets.classics:reuters=load_data",
        "tensorlearn.datasets.classics:reuters_word_index=get_word_index",
    ),
    "keras.engine": (*_ENGINE, "tensorlearn.models:Model,Sequential"),
    "keras.engine.base_layer": _ENGINE,
    "keras.engine.input_layer": ("tensorlearn.engine:Input,InputLayer",),
    "keras.engine.network": _ENGINE,
    "keras.engine.saving": _SAVING,
    "keras.engine.sequential": ("tensorlearn.models:Sequential",),
    "keras.engine.topology": (*_ENGINE, *_SAVING),
    "keras.engine.training": _TRAINING,
    "keras.engine.training_arrays": _TRAINING,
    "keras.engine.training_generator": (
        *_TRAINING,
        "tensorlearn.utils:GeneratorEnqueuer,OrderedEnqueuer,Sequence",
    ),
    "keras.engine.training_utils": _TRAINING,
    "keras.initializations": (f"{_KERAS1}.initializations",),
    "keras.initializers": ("tensorlearn.initializers", *_NAMED),
    "keras.layers": (_LAYERS, _LEGACY, f"{_KERAS1}.layers"),
    "keras.layers.advanced_activations": (f"{_LAYERS}.advanced_activations", *_CHAPTER),
    "keras.layers.convolutional": (
        f"{_LAYERS}.convolutional",
        f"{_LAYERS}:MaxPooling1D,MaxPooling2D,MaxPooling3D",
        f"{_LAYERS}:AveragePooling1D,AveragePooling2D,AveragePooling3D",
        *_CHAPTER,
    ),
    "keras.layers.convolutional_recurrent": (
        f"{_LAYERS}.convolutional_recurrent",
        *_CHAPTER,
    ),
    "keras.layers.core": (f"{_LAYERS}.core", _LEGACY, f"{_KERAS1}.layers", *_CHAPTER),
    "keras.layers.cudnn_recurrent": (f"{_KERAS1}.layers:CuDNNGRU,CuDNNLSTM",),
    "keras.layers.embeddings": (f"{_LAYERS}.embeddings", *_CHAPTER),
    "keras.layers.local": (f"{_LAYERS}.local", *_CHAPTER),
    "keras.layers.merge": (f"{_LAYERS}.merge", f"{_LEGACY}:Merge", *_CHAPTER),
    "keras.layers.noise": (f"{_LAYERS}.noise", *_CHAPTER),
    "keras.layers.normalization": (f"{_LAYERS}.normalization", *_CHAPTER),
    "keras.layers.pooling": (f"{_LAYERS}.pooling", *_CHAPTER),
    "keras.layers.recurrent": (
        f"{_LAYERS}.recurrent",
        f"{_LAYERS}:ConvLSTM2D,ConvLSTM2DCell",
        *_CHAPTER,
    ),
    "keras.layers.wrappers": (f"{_LAYERS}.wrappers", *_CHAPTER),
    "keras.legacy": (),
    "keras.legacy.interfaces": ("tensorlearn.keras_compat.interfaces",),
    "keras.legacy.layers": (
        _LEGACY,
        f"{_LAYERS}:AtrousConvolution1D,AtrousConvolution2D,Recurrent",
        *_CHAPTER,
    ),
    "keras.losses": ("tensorlearn.losses", *_NAMED),
    "keras.metrics": ("tensorlearn.metrics", *_NAMED),
    "keras.models": (
        "tensorlearn.models",
        "tensorlearn.engine:Layer",
        "tensorlearn.keras_compat.engine:load_weights_from_hdf5_group",
    ),
    "keras.objectives": ("tensorlearn.losses", *_NAMED),
    "keras.optimizers": ("tensorlearn.optimizers", *_NAMED),
    "keras.preprocessing": (),
    "keras.preprocessing.image": ("tensorlearn.preprocessing.image",),
    "keras.preprocessing.sequence": (
        "tensorlearn.preprocessing.sequence",
        "tensorlearn.preprocessing.sequence:remove_long_seq=_remove_long_seq",
    ),
    "keras.preprocessing.text": ("tensorlearn.preprocessing.text",),
    "keras.regularizers": (
        "tensorlearn.regularizers",
        f"{_KERAS1}.regularizers",
        *_NAMED,
    ),
    "keras.utils": (
        "tensorlearn.utils",
        "tensorlearn.utils.conv_utils:convert_kernel",
        f"{_KERAS1}.utils:to_categorical",
    ),
    "keras.utils.conv_utils": ("tensorlearn.utils.conv_utils",),
    "keras.utils.data_utils": (
        "tensorlearn.utils.data_utils",
        "tensorlearn.utils.generic_utils:Progbar",
    ),
    "keras.utils.generic_utils": (
        "tensorlearn.utils.generic_utils",
        f"{_KERAS1}.utils:get_from_module",
    ),
    "keras.utils.io_utils": (
        "tensorlearn.utils.data_utils:HDF5Matrix",
        f"{_KERAS1}.utils:ask_to_proceed_with_overwrite",
    ),
    "keras.utils.layer_utils": (
        "tensorlearn.utils.layer_utils",
        "tensorlearn.layers:layer_from_config",
    ),
    "keras.utils.multi_gpu_utils": ("tensorlearn.utils.generic_utils:multi_gpu_model",),
    "keras.utils.np_utils": (
        "tensorlearn.utils.np_utils",
        "tensorlearn.utils.conv_utils:convert_kernel",
        f"{_KERAS1}.utils:to_categorical,probas_to_classes,categorical_probas_to_classes",
    ),
    "keras.utils.test_utils": (f"{_KERAS1}.utils:get_test_data",),
    "keras.utils.vis_utils": _DRAWING,
    "keras.utils.visualize_util": (
        *_DRAWING,
        "tensorlearn.utils.vis_utils:plot_model=plot,model_to_dot=to_graph",
    ),
    "keras.wrappers": (),
    "keras.wrappers.scikit_learn": ("tensorlearn.wrappers.scikit_learn",),
}

REGISTRIES = {
    "keras.activations": "activation function",
    "keras.constraints": "constraint",
    "keras.initializers": "initializer",
    "keras.losses": "loss function",
    "keras.metrics": "metric function",
    "keras.objectives": "loss function",
    "keras.optimizers": "optimizer",
    "keras.regularizers": "regularizer",
}
"""Modules whose names include all that is registered under this kind; what a script adds
to one of them (`keras.losses.mine = mine`) is known by name from then on."""

CALLABLE = {"keras.layers.merge": f"{_LEGACY}:merge"}
"""Modules that Keras 1 had as functions: `from keras.layers import merge; merge(...)`."""


def absent(path: str) -> str | None:
    """Why a module of Keras does not exist here; None if it does, or is none of Keras's."""
    if path.startswith("keras.applications"):
        return say(
            "{path}: models with trained weights do not come with tensorlearn; build the "
            "network from layers, and read weights that you have with load_weights",
            path=path,
        )
    if path in ("keras.backend.theano_backend", "keras.backend.cntk_backend"):
        return say("{path}: everything is computed by NumPy here", path=path)
    return None
