"""Rewrites finished code into another style with the same meaning: other operations, another order of sums, other rounding."""

from __future__ import annotations

import ast
from pathlib import Path

HELPERS = '''

def _other_sum(x, axis=None, keepdims=False, **more):
    """Add up from the last entry to the first."""
    return np.add.reduce(np.flip(np.asarray(x)), axis=None if axis is None else axis, keepdims=keepdims, **more) if axis is None else (
        np.add.reduce(np.flip(np.asarray(x), axis), axis=axis, keepdims=keepdims, **more)
    )


def _other_mean(x, axis=None, keepdims=False):
    x = np.asarray(x)
    total = _other_sum(x, axis=axis, keepdims=keepdims)
    return total * (1.0 / (x.size / max(np.size(total), 1)))


def _other_product(a, b):
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        return np.einsum("ij,jk->ik", a, b)
    return np.matmul(a, b)
'''


class _Restyle(ast.NodeTransformer):
    """Rewrites expressions inside functions; the top level of the file stays as it is."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right = node.left, node.right
        if isinstance(node.op, ast.MatMult):
            return _call("_other_product", left, right)
        if isinstance(node.op, ast.Mult):
            return ast.BinOp(right, ast.Mult(), left)
        if isinstance(node.op, ast.Div):
            return ast.BinOp(ast.BinOp(ast.Constant(1.0), ast.Div(), right), ast.Mult(), left)
        if isinstance(node.op, ast.Pow) and isinstance(right, ast.Constant) and right.value == 2 and not _calls(left):
            return ast.BinOp(left, ast.Mult(), left)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        function = node.func
        if not isinstance(function, ast.Attribute):
            return node
        of_numpy = isinstance(function.value, ast.Name) and function.value.id == "np"
        if function.attr in ("sum", "mean"):
            arguments = node.args if of_numpy else [function.value, *node.args]
            return ast.Call(ast.Name(f"_other_{function.attr}", ast.Load()), arguments, node.keywords)
        if of_numpy and function.attr == "sqrt":
            return ast.BinOp(node.args[0], ast.Pow(), ast.Constant(0.5))
        return node


def _calls(node: ast.expr) -> bool:
    return any(isinstance(n, ast.Call) for n in ast.walk(node))


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def restyle(source: str) -> str:
    """Return the text of an editable file in another style."""
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for inner in [node] if isinstance(node, ast.FunctionDef) else [n for n in node.body if isinstance(n, ast.FunctionDef)]:
                inner.body = [_Restyle().visit(statement) for statement in inner.body]
    return ast.unparse(ast.fix_missing_locations(tree)) + HELPERS


def restyle_package(folder: Path, files: list[str]) -> None:
    """Rewrite the editable files of a package in place."""
    for name in files:
        path = folder / "coursenn" / name
        path.write_text(restyle(path.read_text(encoding="utf-8")), encoding="utf-8")
