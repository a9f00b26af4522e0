"""Do files written by tensorlearn open in tf.keras 2.15, and compute the same there?

The two need different versions of NumPy, so this runs once in each environment:

    python scripts/tfkeras_interop.py write FOLDER      # where tensorlearn is installed
    python scripts/tfkeras_interop.py read FOLDER       # pip install tensorflow-cpu==2.15.1

`write` saves models with their predictions, `read` loads them and prints the largest
differences; it exits with 1 if one is above 1e-5.
"""

import sys
from pathlib import Path

import numpy as np

# Every model is given as the source of `build(keras)`, so that both sides can build it.
MODELS = {
    "mlp": """
        m = keras.models.Sequential(name='mlp')
        m.add(L.Dense(6, activation='relu', input_shape=(5,), name='hidden'))
        m.add(L.Dropout(0.25, name='drop'))
        m.add(L.BatchNormalization(name='bn'))
        m.add(L.Dense(3, activation='softmax', kernel_regularizer='l2', name='out'))
    """,
    "cnn": """
        m = keras.models.Sequential(name='cnn')
        m.add(L.Conv2D(3, 3, padding='same', input_shape=(6, 6, 2), name='c'))
        m.add(L.MaxPooling2D(name='p'))
        m.add(L.SeparableConv2D(4, 2, name='s'))
        m.add(L.LeakyReLU(name='l'))
        m.add(L.UpSampling2D(name='u'))
        m.add(L.Conv2DTranspose(2, 3, strides=2, name='t'))
        m.add(L.Flatten(name='f'))
        m.add(L.Dense(2, name='out'))
    """,
    "text": """
        m = keras.models.Sequential(name='text')
        m.add(L.Embedding(9, 4, input_length=5, name='e'))
        m.add(L.Bidirectional(L.LSTM(3, return_sequences=True, name='i'), name='b'))
        m.add(L.GRU(3, return_sequences=True, name='g'))
        m.add(L.SimpleRNN(3, name='r'))
        m.add(L.Dense(1, activation='sigmoid', name='out'))
    """,
    "graph": """
        a, b = L.Input((4,), name='a'), L.Input((4,), name='b')
        shared = L.Dense(3, activation='tanh', name='shared')
        inner = keras.models.Sequential([L.Dense(3, input_shape=(3,), name='i')], name='in')
        h = L.Concatenate(name='cat')([shared(a), inner(shared(b))])
        m = keras.models.Model([a, b], [L.Dense(2, name='o')(h), h], name='graph')
    """,
}
OPTIMIZERS = {"mlp": "adam", "cnn": "sgd", "text": "rmsprop"}
TOLERANCE = 1e-5


def build(name, keras):
    """The model of that name, made of these layers."""
    lines = "\n".join(line.strip() for line in MODELS[name].strip().splitlines())
    scope = {"keras": keras, "L": keras.layers}
    exec(lines, scope)
    return scope["m"]


def inputs(model):
    """The same numbers in both environments."""
    rng = np.random.RandomState(0)
    if model.name == "text":
        return [rng.randint(0, 9, (4, 5))]
    return [rng.rand(4, *x.shape[1:]).astype("float32") for x in model.inputs]


def write(folder):
    """Train a little, save, and note what the models predict."""
    import tensorlearn as keras

    folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        keras.set_seed(0)
        model = build(name, keras)
        x = inputs(model)
        if name in OPTIMIZERS:
            model.compile(OPTIMIZERS[name], "mse")
            y = np.ones((4, *model.output_shape[1:]))
            model.fit(x[0], y, epochs=3, verbose=0)
        model.save(folder / f"{name}.h5")
        model.save_weights(folder / f"{name}_weights.h5")
        (folder / f"{name}.json").write_text(model.to_json(), "utf-8")
        found = model.predict(x if len(x) > 1 else x[0])
        found = found if isinstance(found, list) else [found]
        np.savez(folder / f"{name}.npz", *found)
    print(f"wrote {len(MODELS)} models to {folder}")
    return 0


def read(folder):
    """Load the models in three ways, and compare their predictions."""
    from tensorflow import keras

    worst = 0.0
    for name in MODELS:
        text = (folder / f"{name}.json").read_text("utf-8")
        described = keras.models.model_from_json(text)
        made = build(name, keras)
        ways = {"model": keras.models.load_model(folder / f"{name}.h5", compile=False)}
        for way, model in (("json + weights", described), ("source + weights", made)):
            if way.startswith("source") and name == "text":
                continue  # the defaults of recurrent layers changed after Keras 2.2.4
            model.load_weights(folder / f"{name}_weights.h5")
            ways[way] = model
        with np.load(folder / f"{name}.npz") as file:
            wanted = [file[key] for key in file.files]
        for way, model in ways.items():
            x = inputs(model)
            found = model.predict(x if len(x) > 1 else x[0], verbose=0)
            found = found if isinstance(found, list) else [found]
            error = max(float(abs(a - b).max()) for a, b in zip(found, wanted))  # noqa: B905
            worst = max(worst, error)
            print(f"{name:6} {way:17} {error:.1e}")
        with_state = keras.models.load_model(folder / f"{name}.h5")
        if name in OPTIMIZERS:
            kind = type(with_state.optimizer).__name__
            told = getattr(with_state.loss, "__name__", with_state.loss)
            print(f"{name:6} compiled with     {kind}, loss {told}")
    return int(worst > TOLERANCE)


if __name__ == "__main__":
    command, where = sys.argv[1:]
    sys.exit({"write": write, "read": read}[command](Path(where)))
