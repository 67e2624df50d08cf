"""What a message says: strict about mistakes, safe with what shoppers say, readable as text."""

import pytest

from journeys.messages import links
from journeys.messages.liquid import BrokenTemplate, problems_of, render
from journeys.messages.plain import text_of
from journeys.messages.recommendations_tag import recommending
from journeys.messages.tracking import lead_through, with_unsubscribe

ITEMS = [{"title": "Tea & honey"}, {"title": "Bread"}, {"title": "Milk"}]


def filled(source: str, *, html: bool = True, **values) -> str:
    with recommending(lambda placement, limit: ITEMS[:limit] if placement == "email" else []):
        return render(source, values, html=html)


def test_what_shoppers_say_is_escaped_in_html_only():
    assert filled("{{ n }}", n="<b>&") == "&lt;b&gt;&amp;"
    assert filled("{{ n }}", html=False, n="<b>&") == "<b>&"


def test_a_recommendation_block_repeats():
    block = "{% recommendations placement: 'email', limit: 2 %}[{{ item.title }}]{% endrecommendations %}"
    assert filled(block) == "[Tea &amp; honey][Bread]"


def test_its_else_stands_in_for_nothing():
    block = "{% recommendations placement: 'home' %}x{% else %}See the shop{% endrecommendations %}"
    assert filled(block) == "See the shop"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("a\n{{ x | uppcase }}", "Line 2: there is no filter “uppcase”. Did you mean “upcase”?"),
        ("<p>\n{% if x %}\nb\n", "Line 3: “if” is never closed: “{% endif %}” is missing."),
        ("a\n{{ }}", "Line 2: something is missing: a name, a text or a number."),
        ("{% endif %}", "Line 1: “endif” stands where nothing is open that it belongs to."),
        ("{% if x = 3 %}{% endif %}", "Line 1: to compare, write “==” instead of “=”."),
        ("{% nope %}", "Line 1: there is no tag “nope”."),
        ("{% include 'x' %}", "Line 1: there is no tag “include”."),
        ("{% recommendations size: 3 %}{% endrecommendations %}", "Line 1: recommendations has no “size”; it knows placement and limit."),
        ("{% for i in (1..100000) %}x{% endfor %}", "The template loops more than 10,000 times."),
        ("{% for i in (1..9999) %}" + "x" * 100 + "{% endfor %}", "The message is larger than 400 kB."),
        ("{{ 1 | divided_by: 0 }}", "Line 1: divided_by: can't divide by 0."),
    ],
)  # fmt: skip
def test_broken_liquid_is_a_sentence(source, sentence):
    with pytest.raises(BrokenTemplate) as broken:
        filled(source)
    assert str(broken.value) == sentence


def test_problems_name_the_part():
    assert problems_of(subject="{{ a | b }}", html="<p>", text="") == (
        "Subject: Line 1: there is no filter “b”.",
    )


BLOCK = (
    "{% if x %}\n{% capture y %}{% recommendations WHAT %}{% endrecommendations %}{% endcapture %}{% endif %}"
)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("placement: 'emial'", "Line 2: there is no placement “emial”. Did you mean “email”? There are: cart, email."),
        ("limit: 21", "Line 2: the limit of recommendations is a whole number from 1 to 20, not 21."),
        ("limit: 0", "Line 2: the limit of recommendations is a whole number from 1 to 20, not 0."),
        ("limit: 'x'", "Line 2: the limit of recommendations is a whole number from 1 to 20, not x."),
        ("limit: 2.5", "Line 2: the limit of recommendations is a whole number from 1 to 20, not 2.5."),
    ],
)  # fmt: skip
def test_a_block_that_can_show_nothing_is_a_problem(what, sentence):
    assert problems_of({"email", "cart"}, html=BLOCK.replace("WHAT", what)) == (f"HTML: {sentence}",)


def test_blocks_that_are_fine_or_decided_later_are_none():
    for what in ("placement: 'cart', limit: 20", "", "placement: x, limit: y"):
        assert problems_of({"email", "cart"}, html=BLOCK.replace("WHAT", what)) == ()


def test_nothing_of_python_is_reachable():
    assert filled("{{ n.__class__ }}{{ n.format }}{{ recommend }}", n="x") == ""


def test_text_of_html():
    html = "<h1>Hi</h1><p>See <a href='https://x.example/?a=1&amp;b=2'>this</a></p><ul><li>One<li>Two</ul><style>p{}</style>"
    assert text_of(html) == "Hi\n\nSee this (https://x.example/?a=1&b=2)\n\n- One\n- Two"


def test_only_web_links_are_led_through():
    html = '<a href="https://x.example/?a=1&amp;b=2">1</a><a class=q href=\'mailto:a@b.c\'>2</a><a href="#top">3</a>'
    out, targets = lead_through(html, "http://h", 1, 7)
    assert targets == ["https://x.example/?a=1&b=2"]
    assert "mailto:a@b.c" in out
    assert links.read(1, "c", out.split("/m/c/")[1].split('"')[0]) == (7, 0)


def test_a_template_with_its_own_unsubscribe_link_gets_no_second():
    html = '<a href="http://h/m/u/x">Leave</a>'
    assert with_unsubscribe(html, "http://h/m/u/x", "Shop") == html
    assert with_unsubscribe("<body>x</body>", "http://h/m/u/x", "A & B").endswith("</p></body>")


def test_a_token_names_tenant_kind_and_message():
    made = links.token(1, "c", 123456, 3)
    assert len(made) == 22
    assert links.read(1, "c", made) == (123456, 3)
    assert links.read(2, "c", made) is None
    assert links.read(1, "u", made) is None
