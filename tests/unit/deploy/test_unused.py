"""Nothing is there that only tests call: a rule without a caller looks as if it were kept."""

import ast

from tests.support.unused import unused, used_by_nobody

CALLED_BY_OTHERS = {
    "plimsoll.demo.mailbox.Mailbox.handle_DATA",  # aiosmtpd calls it
    "plimsoll.demo.crm.Crm.edit",  # what a person does in the CRM; tests are that person
    "shared.embedded.jars.fetch_jar",  # tests compile a Java client with a jar of their own
}


def test_everything_is_used_by_the_product() -> None:
    # What the console is built of: more pages follow.
    found = {name for name in unused() if not name.startswith("services.console.")}
    assert found - CALLED_BY_OTHERS == set()


def test_a_use_is_by_its_own_module_by_an_import_or_as_an_attribute() -> None:
    rules = ast.parse("LEAST = 1\ndef used(): return LEAST\ndef idle(): pass\ndef called(): pass")
    caller = ast.parse("from rules import used\nimport rules\nused(); rules.called()")
    assert used_by_nobody({"rules": rules, "caller": caller}) == ["rules.idle"]
    for other in ("def idle(): pass\nidle()", "from rules import idle"):
        modules = {"rules": rules, "caller": caller, "other": ast.parse(other)}
        assert used_by_nobody(modules) == ["rules.idle"], other


def test_a_method_counts_by_its_name_and_a_decorator_calls_what_it_decorates() -> None:
    box = "class Box:\n    def open(self): pass\n    def shut(self): pass\n"
    route = "@route\ndef get_box(): Box().open()"
    assert used_by_nobody({"box": ast.parse(box + route)}) == ["box.Box.shut"]
