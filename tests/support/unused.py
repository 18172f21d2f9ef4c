"""Names of the product that only tests use: what is built so looks as if the product did it.

`python -m tests.support.unused` lists them. A name counts as used if it occurs anywhere in the
product's code or templates besides its own definition; an import that nothing follows does not.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from tests.support.modules import dotted, trees
from tests.support.pages import ROOT

PRODUCT = ("plimsoll", "services", "shared")
_TEMPLATES = ("*.html", "*.j2", "*.mako")
_ALWAYS_CALLED = re.compile(r"__\w+__|test_\w+|visit_\w+")


def unused() -> list[str]:
    """module.name or module.Class.name of each."""
    everything = trees(*PRODUCT)
    product = {
        dotted(path): tree for path, tree in everything.items() if "versions" not in path.parts
    }
    templates = Counter(
        word
        for folder in PRODUCT
        for pattern in _TEMPLATES
        for path in (ROOT / folder).rglob(pattern)
        for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
    )
    return used_by_nobody(product, templates)


def used_by_nobody(
    product: Mapping[str, ast.Module], elsewhere: Mapping[str, int] | None = None
) -> list[str]:
    """`elsewhere`: how often names occur outside of Python."""
    anywhere, by_import = Counter[str](elsewhere or {}), Counter[str]()
    own = {module: Counter(_names(tree)) for module, tree in product.items()}
    for module, tree in product.items():
        anywhere.update(_by_attribute(tree))
        by_import.update({name: own[module][name] for name in _imported(tree)})
    return [
        f"{module}.{'.'.join(name)}"
        for module, tree in product.items()
        for name in _defined(tree)
        if not anywhere[name[-1]]
        and (len(name) == 2 or not by_import[name[0]] + own[module][name[0]])
    ]


def _names(tree: ast.Module) -> Iterator[str]:
    """A name means what its module defines or imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


def _imported(tree: ast.Module) -> set[str]:
    return {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def _by_attribute(tree: ast.Module) -> Iterator[str]:
    """Whose attribute it is is not known: counts for every definition of the name."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name):
                yield name
            case ast.keyword(arg=str(name)):
                yield name
            case ast.Constant(value=str(words)) if _is_code(words):
                yield from re.findall(r"\w+", words)


def _is_code(words: str) -> bool:
    """A forward reference, or a name for getattr."""
    return re.fullmatch(r"\w+(\.\w+)*(\[[\w., |\"']+\])?", words) is not None


def _defined(tree: ast.Module) -> Iterator[tuple[str, ...]]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if not node.decorator_list:
                    yield (name,)
            case ast.ClassDef(name=name):
                yield (name,)
                yield from ((name, method) for method in _methods(node))
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if not _ALWAYS_CALLED.fullmatch(name):
                    yield (name,)


def _methods(node: ast.ClassDef) -> Iterator[str]:
    """Those that no base class outside the product calls."""
    for one in node.body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not (
            _ALWAYS_CALLED.fullmatch(one.name) or node.bases
        ):
            yield one.name


if __name__ == "__main__":
    print("\n".join(unused()))  # noqa: T201
