"""Selects the faults that cosmic-ray puts into a module, and the lines where it puts none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import OPERATOR_PROVIDERS, get_operator

_CHOSEN = (
    *(f"core/ReplaceBinaryOperator_{pair}" for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul")),
    *(
        f"core/ReplaceComparisonOperator_{pair}"
        for pair in ("Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE",
                     "GtE_Gt", "GtE_Lt", "Is_IsNot", "IsNot_Is")
    ),
    "core/ReplaceUnaryOperator_Delete_Not", "core/AddNot", "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue", "core/ReplaceAndWithOr", "core/ReplaceOrWithAnd",
    "core/ReplaceBreakWithContinue", "core/ReplaceContinueWithBreak", "core/ExceptionReplacer",
    "core/NumberReplacer", "core/RemoveDecorator", "core/ZeroIterationForLoop", "homework/RemoveStatement",
)  # fmt: skip


_ASSURANCES = ("strict=", "frozen=", "slots=")
"""Properties that a type checker enforces, or that only a second fault would show."""
_NAMED_NUMBER = re.compile(r"[A-Z_]+ = (Backoff\(|timedelta\(\w+=)?[\d_., *]+\)?\s*$")
"""Constants such as intervals, durations and limits: `MAX_ROWS = 500`. A test of one would only repeat it."""


class RemoveStatement(Operator):  # type: ignore[misc]
    """Removes a call whose result is not used. cosmic-ray has no such operator."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "simple_stmt" and node.children[0].type in {"atom_expr", "power"}:
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[0] = parso.parse(  # type: ignore[no-untyped-call]
            f"{node.children[0].get_first_leaf().prefix}pass"
        )
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("f()\n", "pass\n"), Example("await f()\n", "pass\n"))


OPERATOR_PROVIDERS["homework"] = {"RemoveStatement": RemoveStatement}


@dataclass(frozen=True, order=True)
class Mutant:
    """The fault that `operator` makes at its `occurrence` in a module."""

    module: str
    operator: str
    occurrence: int
    start: tuple[int, int]
    end: tuple[int, int]


def mutants_of(module: str, source: str) -> list[Mutant]:
    """All faults for this module."""
    tree, found = get_ast(source), []
    for operator in _CHOSEN:
        places = [
            (node, start, end)
            for node in ast_nodes(tree)
            for start, end in get_operator(operator)().mutation_positions(node)
        ]
        found += [
            Mutant(module, operator, occurrence, start, end)
            for occurrence, (node, start, end) in enumerate(places)
            if not _is_left_out(node, operator)
        ]
    return found


def _is_left_out(node: Any, operator: str) -> bool:
    """Whether no test should notice a fault here. README.md gives the reasons."""
    number = operator == "core/NumberReplacer"
    if number and node.parent.type == "subscript":  # This is the limit of a text in an error.
        return True
    if node.parent.type == "parameters":  # This is the `*` after which arguments have names.
        return True
    if node.parent.type == "argument" and node.parent.get_code().lstrip().startswith(_ASSURANCES):
        return True
    while node.type != "simple_stmt" and node.parent is not None:
        node = node.parent
    if node.type != "simple_stmt":
        return False
    is_at_top = node.parent.type == "file_input"
    line = node.get_code().lstrip()
    return line.startswith("log.") or (number and is_at_top and _NAMED_NUMBER.match(line) is not None)
