"""Names and objects: what `get` accepts, what `serialize` writes, whose names win."""

import pytest

from tensorlearn.declare import (
    Configured,
    Registry,
    arg,
    custom_object_scope,
    get_custom_objects,
)
from tensorlearn.declare.registry import REGISTRIES


@pytest.fixture
def spices():
    """A registry of objects."""
    yield Registry("spice", instances=True)
    del REGISTRIES["spice"]


@pytest.fixture
def verbs():
    """A registry of functions."""
    yield Registry("verb", instances=False)
    del REGISTRIES["verb"]


class Pepper(Configured):
    heat = arg.number(1.0)


def chilli(heat=9.0):
    return Pepper(heat=heat)


def shout(text):
    return text.upper()


def test_a_thing_is_known_by_its_own_and_by_other_names(spices):
    assert spices.register("pepper", "piper")(Pepper) is Pepper
    assert set(spices.known) == {"Pepper", "pepper", "piper"}


@pytest.mark.parametrize(
    "identifier",
    [
        "Pepper",
        Pepper,
        {"class_name": "Pepper", "config": {}},
        {"class_name": "Pepper"},
    ],
)
def test_names_classes_and_configurations_make_objects(spices, identifier):
    spices.register()(Pepper)
    assert spices.get(identifier).heat == 1


@pytest.mark.parametrize("identifier", ["chilli", chilli])
def test_a_factory_is_called(spices, identifier):
    spices.register()(chilli)
    assert spices.get(identifier).heat == 9


def test_a_factory_may_have_a_configuration(spices):
    spices.register()(chilli)
    assert spices.get({"class_name": "chilli", "config": {"heat": 3}}).heat == 3


def test_objects_and_functions_that_need_arguments_are_kept(spices):
    pepper = Pepper()
    assert spices.get(pepper.get_config) == pepper.get_config
    assert spices.get(shout) is shout
    assert spices.get("shout", {"shout": shout}) is shout


def test_a_name_means_the_function_itself(verbs):
    verbs.register("yell")(shout)
    for identifier in ("shout", "yell", shout, {"class_name": "shout", "config": {}}):
        assert verbs.get(identifier) is shout
    assert verbs.serialize(shout) == "shout"


def test_none_is_none(spices):
    assert spices.get(None) is None
    assert spices.serialize(None) is None
    assert spices.deserialize(None) is None


def test_serialize_and_deserialize_are_each_others_inverse(spices):
    spices.register()(Pepper)
    written = spices.serialize(Pepper(heat=4))
    assert written == {"class_name": "Pepper", "config": {"heat": 4.0}}
    assert spices.deserialize(written).heat == 4


def test_an_unknown_name_is_corrected(spices):
    spices.register()(Pepper)
    with pytest.raises(
        ValueError, match="Unknown spice: 'Peper'; did you mean 'Pepper'"
    ):
        spices.get("Peper")


def test_a_name_like_no_other_lists_what_there_is(spices):
    spices.register("salt", "sugar")(Pepper)
    with pytest.raises(
        ValueError, match="known: Pepper, salt, sugar; your own must be"
    ):
        spices.get("xyz")


def test_nonsense_is_refused(spices):
    with pytest.raises(
        ValueError, match="Could not interpret spice identifier: 3; pass"
    ):
        spices.get(3)


@pytest.mark.parametrize("config", [{}, {"class_name": 3}, {"name": "Pepper"}])
def test_a_configuration_must_name_its_class(spices, config):
    with pytest.raises(
        ValueError, match="spice: a configuration must hold 'class_name'"
    ):
        spices.get(config)


def test_what_has_no_name_cannot_be_written(spices):
    with pytest.raises(
        ValueError, match=r"spice: cannot write 3 to a config.*get_config"
    ):
        spices.serialize(3)


# ---- the user's own ----


class Mine(Configured):
    pass


def test_custom_objects_win_over_what_is_known(spices):
    spices.register("Pepper")(Pepper)
    assert type(spices.get("Pepper", {"Pepper": Mine})) is Mine
    assert type(spices.deserialize({"class_name": "Pepper"}, {"Pepper": Mine})) is Mine


def test_custom_objects_are_known_within_their_scope_only(spices):
    with custom_object_scope({"Mine": Mine}, {"Other": Mine}):
        assert type(spices.get("Mine")) is type(spices.get("Other")) is Mine
        with custom_object_scope({"Mine": Pepper}):
            assert type(spices.get("Mine")) is Pepper
        assert type(spices.get("Mine")) is Mine
    with pytest.raises(ValueError, match="Unknown spice: 'Mine'"):
        spices.get("Mine")


def test_a_scope_ends_with_an_error_too():
    with pytest.raises(KeyError), custom_object_scope({"Mine": Mine}):
        raise KeyError
    assert "Mine" not in get_custom_objects()


def test_get_custom_objects_registers_for_good(spices):
    get_custom_objects()["Mine"] = Mine
    try:
        assert type(spices.get("Mine")) is Mine
    finally:
        del get_custom_objects()["Mine"]


def test_custom_objects_reach_nested_configurations(spices):
    class Box(Configured):
        @classmethod
        def from_config(cls, config):
            made = cls()
            made.inside = spices.get(config["inside"])
            return made

    written = {"class_name": "Box", "config": {"inside": {"class_name": "Mine"}}}
    made = spices.deserialize(written, {"Box": Box, "Mine": Mine})
    assert type(made.inside) is Mine


@pytest.mark.parametrize("kind", sorted(REGISTRIES))
def test_every_registry_answers_to_a_misspelling(kind):
    with pytest.raises(ValueError, match=f"Unknown {kind}: 'no such thing'"):
        REGISTRIES[kind].get("no such thing")
