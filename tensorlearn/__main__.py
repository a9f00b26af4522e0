"""The command line: `tensorlearn COMMAND`, or `python -m tensorlearn COMMAND`.

A command is a row of `COMMANDS`: what it takes, and the function that does it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

import tensorlearn
from tensorlearn import demo, describe, keras_compat
from tensorlearn.exercises import cli as exercises
from tensorlearn.wording import LANGUAGES, say, set_language, suggest, translate


class Command(NamedTuple):
    """purpose: English, one line. options: flags and what argparse wants to know."""

    run: Callable[[Any], int]
    purpose: str
    options: dict[str, dict[str, Any]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it worked, 1 if it failed, 2 if it was not understood."""
    words = _without_language(list(sys.argv[1:] if argv is None else argv))
    try:
        _check_command(words)
        given = _parser().parse_args(words or ["--help"])
        if (
            argv is None
            and given.command == "demo"
            and not _THREADS & os.environ.keys()
        ):
            return _once_more_on_one_thread()
        return COMMANDS[given.command].run(given)
    except _Misunderstood as error:
        print(error, file=sys.stderr)
        return 2
    except SystemExit as leaving:  # argparse has shown its help
        return int(leaving.code or 0)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


_THREADS = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}


def _once_more_on_one_thread() -> int:
    """The same command with one BLAS thread, which BLAS can only be told before it loads.

    The products of a small model are not worth two: on a busy machine they wait for each
    other ten times as long as they compute.
    """
    settings = os.environ | dict.fromkeys(_THREADS, "1")
    return subprocess.call(
        [sys.executable, "-m", "tensorlearn", *sys.argv[1:]], env=settings
    )


# ---- the commands ----


def _demo(given: Any) -> int:
    demo.run(epochs=given.epochs, seed=given.seed, output=given.output)
    return 0


def _help(given: Any) -> int:
    print(describe.describe(given.name) if given.name else describe.index())
    return 0


def _run(given: Any) -> int:
    return keras_compat.run_script(given.script, given.arguments)


def _version(given: Any) -> int:
    print(f"tensorlearn {tensorlearn.__version__}")
    return 0


def _at_least(low: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < low:
            raise argparse.ArgumentTypeError(
                say("must be an integer ≥ {low}, got {text!r}", low=low, text=text)
            )
        return int(text)

    return number


COMMANDS = {
    "demo": Command(
        _demo,
        "watch a network learn to read handwritten digits",
        {
            "--epochs": {
                "type": _at_least(1),
                "default": 40,
                "help": "how often every training image is seen",
            },
            "--seed": {
                "type": _at_least(0),
                "default": 0,
                "help": "for other random numbers",
            },
            "--output": {"default": "digits.png", "help": "file for the picture"},
        },
    ),
    "exercises": Command(
        exercises.run,
        "chapters of exercises: make, check and grade them",
        {
            "words": {
                "nargs": argparse.REMAINDER,
                "help": "list, new, check, grade, zoo, ...; nothing explains them",
            }
        },
    ),
    "help": Command(
        _help,
        "explain a layer, an optimizer, a loss, an operation, ...",
        {"name": {"nargs": "?", "help": "for example Dense; nothing lists all names"}},
    ),
    "run": Command(
        _run,
        "run a Keras script as it is: `import keras` means tensorlearn",
        {
            "script": {"help": "the Python file"},
            "arguments": {
                "nargs": argparse.REMAINDER,
                "help": "what the script finds in sys.argv[1:]",
            },
        },
    ),
    "version": Command(_version, "print the version", {}),
}


# ---- reading the command line ----


class _Misunderstood(Exception):  # noqa: N818 - it is not an error of the program
    """What to say about a command line that makes no sense."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Misunderstood(f"{self.format_usage()}{self.prog}: {message}")


def _check_command(words: list[str]) -> None:
    """Refuse an unknown command with a suggestion, which argparse does not give."""
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        raise _Misunderstood(
            say(
                "tensorlearn: there is no command {name!r}{hint}",
                name=words[0],
                hint=suggest(words[0], COMMANDS),
            )
        )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tensorlearn", description=say("Deep learning to read, in NumPy.")
    )
    _add_language(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        purpose = translate(command.purpose)
        added = commands.add_parser(name, help=purpose, description=purpose)
        for option, settings in command.options.items():
            added.add_argument(
                option, **settings | {"help": translate(settings["help"])}
            )
        _add_language(added)
    return parser


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help="English / 中文"
    )


def _without_language(words: list[str]) -> list[str]:
    """`words` without --lang, which is obeyed first: complaints are in it, too."""
    for i, word in enumerate(words):
        if word == "run":  # what follows is the script's
            return words
        name, _, value = word.partition("=")
        if name == "--lang" and value in LANGUAGES:
            set_language(value)
            return words[:i] + words[i + 1 :]
        if word == "--lang" and words[i + 1 : i + 2] and words[i + 1] in LANGUAGES:
            set_language(words[i + 1])
            return words[:i] + words[i + 2 :]
    return words


if __name__ == "__main__":
    sys.exit(main())
