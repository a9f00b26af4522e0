"""Models as estimators; the parts that need scikit-learn are skipped without it."""

import numpy as np
import pytest

from tensorlearn.layers import Dense
from tensorlearn.models import Sequential
from tensorlearn.wrappers.scikit_learn import KerasClassifier, KerasRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


def classifier(units=8, optimizer="adam", loss="categorical_crossentropy"):
    model = Sequential()
    model.add(Dense(units, activation="relu", input_dim=4))
    model.add(Dense(3, activation="softmax"))
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def binary():
    model = Sequential([Dense(1, activation="sigmoid", input_dim=4)])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def regressor():
    model = Sequential([Dense(1, input_dim=4)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"]
)
@pytest.mark.parametrize("labels", [Y, np.array(["x", "y", "z"])[Y], np.eye(3)[Y]])
def test_a_classifier_learns_and_predicts(loss, labels):
    if labels.ndim == 2 and loss.startswith("sparse"):
        return
    found = KerasClassifier(classifier, epochs=30, batch_size=8, verbose=0, loss=loss)
    history = found.fit(X, labels)
    assert len(history.history["loss"]) == 30
    assert found.n_classes_ == 3
    predicted = found.predict(X)
    wanted = labels if labels.ndim == 1 else Y
    assert found.score(X, labels) == pytest.approx((predicted == wanted).mean())
    assert found.score(X, labels) > 0.6
    np.testing.assert_allclose(found.predict_proba(X).sum(1), 1, rtol=1e-5)


def test_two_classes_have_two_probabilities():
    found = KerasClassifier(binary, epochs=1, verbose=0)
    found.fit(X, Y > 0)
    assert found.predict_proba(X).shape == (60, 2)
    assert found.predict(X).shape == (60, 1)


def test_a_regressor_learns_and_predicts():
    found = KerasRegressor(regressor, epochs=20, batch_size=8, verbose=0)
    found.fit(X, X[:, 0])
    assert found.predict(X).shape == (60,)
    assert -0.1 < found.score(X, X[:, 0]) <= 0


def test_a_class_may_build_the_model():
    class Mine(KerasClassifier):
        def __call__(self, units=3):
            return classifier(units)

    found = Mine(units=5, epochs=1, verbose=0)
    found.fit(X, Y)
    assert found.model.layers[0].units == 5


def test_parameters_can_be_read_and_set():
    found = KerasClassifier(classifier, units=5, epochs=3)
    assert found.get_params() == {"build_fn": classifier, "units": 5, "epochs": 3}
    assert found.set_params(units=6).get_params()["units"] == 6
    assert found.filter_sk_params(classifier, {"loss": "x"}) == {
        "units": 6,
        "loss": "x",
    }
    with pytest.raises(ValueError, match=r"unit is not a legal parameter.*'units'"):
        KerasClassifier(classifier, unit=5)


def test_accuracy_must_be_measured():
    def plain():
        model = binary()
        model.compile("adam", "binary_crossentropy")
        return model

    found = KerasClassifier(plain, epochs=1, verbose=0)
    found.fit(X, Y > 0)
    with pytest.raises(ValueError, match="not configured to compute accuracy"):
        found.score(X, Y > 0)


def test_predictions_come_after_fit():
    with pytest.raises(RuntimeError, match="call fit before predict or score"):
        KerasRegressor(regressor).predict(X)


def test_labels_of_other_shapes_are_refused():
    with pytest.raises(ValueError, match="Invalid shape for y"):
        KerasClassifier(classifier).fit(X, np.ones((60, 3, 1)))


@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_accepts_the_estimators():
    selection = pytest.importorskip("sklearn.model_selection")
    base = pytest.importorskip("sklearn.base")
    found = KerasClassifier(classifier, epochs=10, verbose=0)
    assert base.is_classifier(found)
    assert base.is_regressor(KerasRegressor(regressor))
    assert base.clone(found).get_params() == found.get_params()
    assert len(selection.cross_val_score(found, X, Y, cv=3)) == 3
    grid = selection.GridSearchCV(
        found, {"units": [2, 16], "batch_size": [4, 16]}, cv=2
    )
    grid.fit(X, Y)
    assert set(grid.best_params_) == {"units", "batch_size"}
    scores = selection.cross_val_score(
        KerasRegressor(regressor, epochs=20, verbose=0), X, X[:, 0], cv=3
    )
    assert (scores <= 0).all()
