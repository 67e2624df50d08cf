"""{% recommendations placement: "email", limit: 4 %}{{ item.title }}{% else %}…{% endrecommendations %}

The block is repeated for each recommended item, asked for at the moment of sending; the part after `else` stands in
when there is none. `recommend` among the template's values answers (placement, limit) with the items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from liquid import RenderContext, Token, TokenStream
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import KeywordArgument
from liquid.builtin.expressions.primitive import Literal, parse_primitive
from liquid.exceptions import LiquidSyntaxError
from liquid.parser import get_parser
from liquid.tag import Tag
from liquid.token import TOKEN_COLON, TOKEN_COMMA, TOKEN_EOF, TOKEN_TAG

_END, _ELSE = "endrecommendations", "else"
ARGUMENTS = ("placement", "limit")
DEFAULT_PLACEMENT, DEFAULT_LIMIT, MOST = "email", 4, 20

Recommender = Callable[[str, int], Sequence[dict[str, Any]]]
_recommender: ContextVar[Recommender | None] = ContextVar("recommender", default=None)


@contextmanager
def recommending(recommender: Recommender | None) -> Iterator[None]:
    """Blocks rendered inside ask `recommender`. Not one of the template's values: those can be printed."""
    token = _recommender.set(recommender)
    try:
        yield
    finally:
        _recommender.reset(token)


class RecommendationsNode(Node):
    __slots__ = ("arguments", "block", "default")

    def __init__(
        self, token: Token, arguments: list[KeywordArgument], block: BlockNode, default: BlockNode | None
    ) -> None:
        super().__init__(token)
        self.arguments = arguments
        self.block = block
        self.default = default
        self.blank = False

    def __str__(self) -> str:
        return f"{{% recommendations %}}{self.block}{{% {_END} %}}"

    def children(self, static_context: RenderContext, *, include_partials: bool = True) -> list[Node]:
        return [self.block, *([self.default] if self.default else [])]

    def expressions(self) -> list[Any]:
        return [argument.value for argument in self.arguments]

    def literals(self) -> dict[str, Any]:
        """What the tag says itself; arguments that are looked up while rendering are absent."""
        return {one.name: one.value.value for one in self.arguments if isinstance(one.value, Literal)}

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        asked = dict(argument.evaluate(context) for argument in self.arguments)
        placement = str(asked.get("placement") or DEFAULT_PLACEMENT)
        try:
            limit = min(max(int(str(asked.get("limit") or DEFAULT_LIMIT)), 1), MOST)
        except ValueError as error:
            raise LiquidSyntaxError("“limit” must be a whole number", token=self.token) from error
        recommend = _recommender.get()
        items = recommend(placement, limit) if recommend else []
        if not items:
            return self.default.render(context, buffer) if self.default else 0
        written = 0
        context.raise_for_loop_limit(len(items))
        for item in items:
            with context.extend({"item": item}):
                written += self.block.render(context, buffer)
        return written


class RecommendationsTag(Tag):
    name = "recommendations"
    end = _END
    node_class = RecommendationsNode

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        arguments: list[KeywordArgument] = []
        if stream.current.kind == "expression":
            arguments = self._arguments(stream.into_inner(tag=token))
        parse_block = get_parser(self.env).parse_block
        block = parse_block(stream, frozenset((_END, _ELSE)))
        default = None
        if stream.current.is_tag(_ELSE):
            next(stream)
            default = parse_block(stream, frozenset((_END,)))
        stream.expect(TOKEN_TAG, value=_END)
        return self.node_class(token, arguments, block, default)

    def _arguments(self, tokens: TokenStream) -> list[KeywordArgument]:
        # Not KeywordArgument.parse: to it “limit” is a word of the `for` tag.
        found = []
        while tokens.current.kind != TOKEN_EOF:
            token = next(tokens)
            if token.kind == TOKEN_COMMA:
                continue
            if token.value not in ARGUMENTS:
                raise LiquidSyntaxError(
                    f"recommendations has no “{token.value}”; it knows {' and '.join(ARGUMENTS)}", token=token
                )
            tokens.eat(TOKEN_COLON)
            found.append(KeywordArgument(token, token.value, parse_primitive(self.env, tokens)))
        return found
