"""Package -> public names: importing it is free, and every name that it promises is there."""

import subprocess
import sys

import pytest

import bptt_symbolic


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = {"flint", "lark", "numpy", "sympy", "bptt_symbolic.api"}
    program = f"import sys, bptt_symbolic; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", bptt_symbolic.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(bptt_symbolic, name) is not None
    assert name in dir(bptt_symbolic)


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'guess'"):
        bptt_symbolic.guess  # noqa: B018 - to see that it fails
