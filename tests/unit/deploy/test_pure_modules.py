"""A module that calls itself pure does no I/O: an import contract holds it."""

from tests.support.modules import dotted, is_held_pure, says_pure, trees


def test_every_module_that_says_pure_is_under_the_import_contract() -> None:
    saying = [dotted(path) for path, tree in trees("services", "shared").items() if says_pure(tree)]
    assert len(saying) > 50
    assert [module for module in saying if not is_held_pure(module)] == []


def test_a_module_is_held_by_itself_or_by_its_package() -> None:
    assert is_held_pure("services.trigger.thresholds")
    assert is_held_pure("services.trigger.judgement.gates.fit")
    assert not is_held_pure("services.trigger.judge")
    assert not is_held_pure("services.trigger")
