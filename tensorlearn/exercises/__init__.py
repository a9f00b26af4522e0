"""Exercises that answer: chapters with holes, tests that explain, a grader for a class.

`tensorlearn exercises` is the way in. A chapter is a folder in `chapters/`; `course` reads
it, `checks` is what its tests are written with, `remote` keeps a student's code apart when
a class is graded.
"""
