"""The tests of chapter 13. V = 6 words of D = 3 numbers; some ids occur more than once."""

import numpy as np
import pytest

from tensorlearn.exercises.checks import close, gradient, numbers

IDS = np.array([[2, 5, 2, 0], [1, 2, 0, 0], [4, 1, 5, 3]])


@pytest.mark.task("13.1")
def test_one_hot_by_hand(student):
    got = student.one_hot(np.array([2, 0]), 4)
    close(got, [[0, 0, 1, 0], [1, 0, 0, 0]], "one_hot([2, 0], 4)")


@pytest.mark.task("13.1")
def test_one_hot_of_more_axes(student):
    got = np.asarray(student.one_hot(IDS, 6))
    close(got.shape, (3, 4, 6), "the shape of one_hot(ids (3, 4), 6)")
    close(got.argmax(axis=-1), IDS, "the places of the ones in one_hot(ids, 6)")
    close(got.sum(axis=-1), np.ones((3, 4)), "the sums of the rows of one_hot(ids, 6)")


@pytest.mark.task("13.1")
def test_one_hot_looks_up(student):
    table = numbers(6, 3)
    got = np.asarray(student.one_hot(IDS, 6)) @ table
    close(got, table[IDS], "one_hot(ids, 6) @ table")


@pytest.mark.task("13.2")
def test_embed_gradient(student):
    def averaged(ids, table):
        times = np.maximum(np.bincount(ids.ravel(), minlength=6), 1)
        return (table / times[:, None])[ids]

    gradient(
        student.embed,
        student.embed_backward,
        IDS,
        numbers(6, 3),
        suspects={"mean": averaged},
    )


@pytest.mark.task("13.2")
def test_embed_gradient_of_one_sentence(student):
    """As many words as numbers in a vector: shapes cannot tell the axes apart."""
    gradient(student.embed, student.embed_backward, np.array([1, 1, 0]), numbers(3, 3))


@pytest.mark.task("13.2")
def test_embed_backward_starts_from_zero(student):
    table, g = numbers(6, 3), numbers(3, 4, 3)
    first = np.array(student.embed_backward(g, IDS, table))
    again = student.embed_backward(g, IDS, table)
    close(again, first, "embed_backward, called a second time,")


# ---- 13.3 ----


@pytest.mark.task("13.3")
def test_average_by_hand(student):
    """The words are 1, 2 and 2, with vectors of 10 and 40; the rest is padding."""
    table = np.array([[1000.0], [10.0], [40.0]])
    got = student.average(np.array([[1, 2, 2, 0], [1, 0, 0, 0]]), table)
    close(got, [[30.0], [10.0]], "average([[1, 2, 2, 0], [1, 0, 0, 0]], table)")


@pytest.mark.task("13.3")
def test_average_of_an_empty_sentence(student):
    got = student.average(np.zeros((2, 4), int), numbers(6, 3))
    close(got, np.zeros((2, 3)), "average of sentences without words")


@pytest.mark.task("13.3")
def test_average_gradient(student):
    def total(ids, table):
        return (table[ids] * (ids != 0)[..., None]).sum(axis=1)

    def unmasked(ids, table):
        count = (ids != 0).sum(axis=1, keepdims=True)
        return table[ids].sum(axis=1) / count

    gradient(
        student.average,
        student.average_backward,
        IDS,
        numbers(6, 3),
        suspects={"sum": total, "mask": unmasked},
    )


@pytest.mark.task("13.3")
def test_average_gradient_of_an_empty_sentence(student):
    ids = np.array([[0, 0, 0], [1, 2, 0]])
    got = student.average_backward(np.ones((2, 1)), ids, np.ones((3, 1)))
    close(got, [[0], [0.5], [0.5]], "average_backward of [[0, 0, 0], [1, 2, 0]]")


# ---- 13.4 ----


@pytest.mark.task("13.4")
def test_sparse_gradient_by_hand(student):
    g = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    rows, gradients = student.sparse_gradient(g, np.array([7, 3, 7]))
    close(rows, [3, 7], "the rows of sparse_gradient(g, [7, 3, 7])")
    close(
        gradients, [[2, 20], [5, 50]], "the gradients of sparse_gradient(g, [7, 3, 7])"
    )


@pytest.mark.task("13.4")
def test_sparse_gradient_is_the_dense_one(student):
    table = numbers(8, 3)

    def backward(g, ids, table):
        rows, gradients = student.sparse_gradient(g, ids)
        dense = np.zeros((8, 3))
        dense[np.asarray(rows)] = gradients
        return dense

    gradient(
        lambda ids, table: table[ids], backward, IDS, table, name="sparse_gradient"
    )


@pytest.mark.task("13.4")
def test_sparse_gradient_is_small(student):
    """A vocabulary of a million words, of which two occur."""
    ids = np.array([999_999, 3])
    rows, gradients = student.sparse_gradient(np.ones((2, 4)), ids)
    close(rows, [3, 999_999], "the rows of sparse_gradient(g, [999999, 3])")
    close(np.shape(gradients), (2, 4), "the shape of their gradients")


@pytest.mark.task("13.4")
def test_sparse_step(student):
    table = numbers(6, 2)
    wanted = table.copy()
    wanted[[1, 4]] -= 0.5
    student.sparse_step(table, np.array([1, 4]), np.full((2, 2), 5.0), 0.1)
    close(table, wanted, "the table after sparse_step(table, [1, 4], 5, rate=0.1)")
