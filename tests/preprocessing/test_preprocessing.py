"""What the recorded numbers do not show: refusals, Chinese, seeds, files."""

import json

import numpy as np
import pytest

from tensorlearn import config
from tensorlearn.declare.keras1 import Keras1Warning
from tensorlearn.preprocessing import affine, image, sequence, text

RNG = np.random.default_rng(0)

# ---- sequences ----


def test_steps_may_have_axes():
    found = sequence.pad_sequences([np.ones((1, 2)), np.ones((3, 2))], dtype="float32")
    assert found.shape == (2, 3, 2)
    assert found[0].sum() == 2


def test_strings_are_padded_with_strings():
    found = sequence.pad_sequences([["a"], ["b", "c"]], dtype=object, value="-")
    assert found.tolist() == [["-", "a"], ["b", "c"]]
    with pytest.raises(ValueError, match=r"not compatible with `value`'s type.*object"):
        sequence.pad_sequences([["a"]], value="-")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([[1]], None, "int32", "middle"), 'Padding type "middle" not understood'),
        (([[1]], None, "int32", "pre", "all"), 'Truncating type "all" not understood'),
        ((3,), "`sequences` must be iterable"),
        (([1, 2],), "Found non-iterable: 1"),
        (([np.ones((2, 2)), np.ones((2, 3))],), r"shape \(2,\).*got \(3,\)"),
    ],
)
def test_what_cannot_be_padded_is_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        sequence.pad_sequences(*arguments)


def test_nothing_padded_is_nothing():
    assert sequence.pad_sequences([]).shape == (0, 0)
    assert sequence.pad_sequences([[1, 2]], maxlen=0).shape == (1, 0)


def test_set_seed_repeats_every_choice():
    def draw():
        config.set_seed(3)
        return (
            sequence.skipgrams(range(9), 9),
            image.ImageDataGenerator(rotation_range=9).get_random_transform((4, 4, 1)),
        )

    assert draw() == draw()


@pytest.mark.parametrize(
    ("settings", "match"),
    [({"targets": [1]}, "have to be of same length"), ({"length": 9}, "is disallowed")],
)
def test_impossible_windows_are_refused(settings, match):
    told = {"data": range(5), "targets": range(5), "length": 2} | settings
    with pytest.raises(ValueError, match=match):
        sequence.TimeseriesGenerator(**told)


def test_long_sequences_are_removed():
    assert sequence.remove_long_seq(3, [[1, 2], [1, 2, 3]], [0, 1]) == ([[1, 2]], [0])


# ---- texts ----


def test_chinese_is_counted_by_character():
    tokenizer = text.Tokenizer(char_level=True, filters=text.CHINESE_FILTERS)
    tokenizer.fit_on_texts(["深度学习", "学习"])
    assert tokenizer.texts_to_sequences(["学深"]) == [[1, 3]]


def test_chinese_is_cut_by_an_analyzer():
    words = {"深度学习很有趣": ["深度", "学习", "很", "有趣"]}
    tokenizer = text.Tokenizer(analyzer=words.__getitem__)
    tokenizer.fit_on_texts(list(words))
    assert tokenizer.word_index["有趣"] == 4


def test_chinese_punctuation_separates():
    found = text.text_to_word_sequence("你好，世界！", text.CHINESE_FILTERS)
    assert found == ["你好", "世界"]


def test_jieba_cuts_chinese():
    jieba = pytest.importorskip("jieba")
    tokenizer = text.Tokenizer(analyzer=jieba.lcut)
    tokenizer.fit_on_texts(["我爱自然语言处理"])
    assert "自然语言" in tokenizer.word_index


def test_a_tokenizer_survives_json():
    first = text.Tokenizer(num_words=5, oov_token="?")
    first.fit_on_texts(["a b a", "c 深"])
    again = text.tokenizer_from_json(first.to_json())
    assert again.get_config() == first.get_config()
    question = ["a 深 x"]
    assert again.texts_to_sequences(question) == first.texts_to_sequences(question)
    np.testing.assert_array_equal(
        again.texts_to_matrix(question, "tfidf"),
        first.texts_to_matrix(question, "tfidf"),
    )
    with pytest.raises(ValueError, match="not a tokenizer"):
        text.tokenizer_from_json(json.dumps({"config": {}}))


def test_the_old_name_of_num_words_warns():
    with pytest.warns(Keras1Warning, match="renamed `num_words`"):
        assert text.Tokenizer(nb_words=3).num_words == 3
    with pytest.raises(TypeError, match=r"Unrecognized keyword arguments: \['words'\]"):
        text.Tokenizer(words=3)


def test_matrices_need_a_width_and_counts():
    with pytest.raises(ValueError, match="Specify a dimension"):
        text.Tokenizer().sequences_to_matrix([[1]])
    with pytest.raises(ValueError, match="Fit the Tokenizer on some data"):
        text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "tfidf")
    with pytest.raises(ValueError, match="Unknown vectorization mode: 'all'"):
        text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "all")


def test_sequences_are_counted_without_texts():
    tokenizer = text.Tokenizer(num_words=5)
    tokenizer.fit_on_sequences([[1, 2], [1]])
    assert tokenizer.sequences_to_matrix([[1, 2]], "tfidf")[0, 2] > 0


# ---- images ----


def test_channels_first_moves_the_same_pixels():
    x = RNG.random((6, 5, 3)).astype(np.float32)
    told = {"rotation_range": 30, "zoom_range": 0.3, "horizontal_flip": True}
    last = image.ImageDataGenerator(**told, data_format="channels_last")
    first = image.ImageDataGenerator(**told, data_format="channels_first")
    a = last.random_transform(x, seed=1)
    b = first.random_transform(np.moveaxis(x, -1, 0), seed=1)
    np.testing.assert_array_equal(a, np.moveaxis(b, 0, -1))


@pytest.mark.parametrize("order", [0, 1])
def test_a_quarter_turn_twice_is_a_half_turn(order):
    x = RNG.random((5, 5, 1))
    half = affine.apply_affine_transform(x, theta=180, order=order, fill_mode="wrap")
    assert half.shape == x.shape
    assert set(np.round(half.ravel(), 9)) <= set(np.round(x.ravel(), 9))


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"fill_mode": "mirror"}, "`fill_mode` must be one of"),
        ({"validation_split": 2}, "strictly between 0 and 1"),
        ({"zoom_range": [1, 2, 3]}, "`zoom_range` should be a tuple"),
        ({"data_format": "last"}, "`data_format` argument must be one of"),
    ],
)
def test_impossible_settings_are_refused(settings, match):
    with pytest.raises(ValueError, match=match):
        image.ImageDataGenerator(**settings)


def test_settings_that_need_others_say_so():
    with pytest.warns(UserWarning, match="overrides setting of `featurewise_center`"):
        image.ImageDataGenerator(featurewise_std_normalization=True)
    generator = image.ImageDataGenerator(featurewise_center=True)
    with pytest.warns(UserWarning, match="hasn't been fit on any training data"):
        generator.standardize(np.ones((2, 2, 1)))


def test_whitened_images_have_unit_covariance():
    x = RNG.random((200, 2, 2, 1))
    generator = image.ImageDataGenerator(zca_whitening=True, featurewise_center=True)
    generator.fit(x)
    flat = np.stack([generator.standardize(one) for one in x]).reshape(200, -1)
    np.testing.assert_allclose(flat.T @ flat / 200, np.eye(4), atol=0.05)


def test_flow_refuses_what_does_not_match():
    generator = image.ImageDataGenerator(validation_split=0.5)
    with pytest.raises(ValueError, match="should have the same length"):
        generator.flow(np.ones((3, 2, 2, 1)), [1])
    with pytest.raises(ValueError, match="should have rank 4"):
        generator.flow(np.ones((3, 2, 2)))
    with pytest.raises(ValueError, match="different number of classes"):
        generator.flow(np.ones((4, 2, 2, 1)), [0, 0, 1, 1], subset="training")
    with pytest.raises(ValueError, match="rank 4"):
        generator.fit(np.ones((2, 2)))
    with pytest.raises(ValueError, match="Asked to retrieve element 9"):
        generator.flow(np.ones((4, 2, 2, 1)))[9]


def test_image_files_make_batches(tmp_path):
    pytest.importorskip("PIL")
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        for i in range(3):
            image.save_img(tmp_path / name / f"{i}.png", RNG.random((6, 5, 3)))
    generator = image.ImageDataGenerator(rescale=1 / 255)
    batches = generator.flow_from_directory(tmp_path, target_size=(4, 4), batch_size=6)
    assert batches.class_indices == {"cats": 0, "dogs": 1}
    x, y = next(batches)
    assert x.shape == (6, 4, 4, 3)
    assert x.max() <= 1
    assert y.sum(axis=0).tolist() == [3, 3]
    gray = image.load_img(tmp_path / "cats" / "0.png", color_mode="grayscale")
    assert image.img_to_array(gray).shape == (6, 5, 1)
    assert len(image.list_pictures(tmp_path)) == 6
    with pytest.raises(ValueError, match="`color_mode` must be one of"):
        image.load_img(tmp_path / "cats" / "0.png", color_mode="blue")


def test_images_and_arrays_are_each_others_inverse():
    pytest.importorskip("PIL")
    x = RNG.integers(0, 256, (4, 3, 3)).astype(np.float32)
    found = image.img_to_array(image.array_to_img(x, scale=False))
    np.testing.assert_array_equal(found, x)
    with pytest.raises(ValueError, match="to have rank 3"):
        image.array_to_img(np.ones((2, 2)))
    with pytest.raises(ValueError, match="Unsupported channel number: 2"):
        image.array_to_img(np.ones((2, 2, 2)))
