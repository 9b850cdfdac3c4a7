"""The grammar of JQL, as far as tickets need it: text in, a tree of clauses out, or the sentence why not."""

from dataclasses import dataclass

from vedette.sandbox.jira.lexing import OPERATORS, RESERVED_WORDS, JqlError, Token, tokens


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator values`; EMPTY is the value None."""

    field: str
    operator: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Not:
    inside: "Node"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]


Node = Clause | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query: the restriction, if any, and the order as (field, descending) pairs."""

    where: Node | None
    order: tuple[tuple[str, bool], ...]


class Parser:
    """One pass over the tokens of one query."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._at = 0

    def query(self) -> Query:
        where = None if self._word("order") or self._next.kind == "end" else self._any()
        order = self._order() if self._accept("order") else ()
        if self._next.kind != "end":
            raise self._unexpected("Expecting either 'OR' or 'AND'")
        return Query(where, order)

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _word(self, *words: str) -> bool:
        return self._next.kind == "word" and self._next.text.lower() in words

    def _accept(self, word: str) -> bool:
        if not self._word(word):
            return False
        self._at += 1
        return True

    def _sign(self, sign: str) -> bool:
        if self._next.kind != "sign" or self._next.text != sign:
            return False
        self._at += 1
        return True

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _unexpected(self, wanted: str) -> JqlError:
        token = self._next
        if token.kind == "end":
            return JqlError(f"Error in the JQL Query: {wanted} before the end of the query.")
        return JqlError(f"Error in the JQL Query: {wanted} but got '{token.text}'. (line 1, character {token.at + 1})")

    def _any(self) -> Node:
        parts = [self._all()]
        while self._accept("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self) -> Node:
        parts = [self._negated()]
        while self._accept("and"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negated(self) -> Node:
        if self._accept("not"):
            return Not(self._negated())
        if self._sign("("):
            inside = self._any()
            if not self._sign(")"):
                raise self._unexpected("Expecting ')'")
            return inside
        return self._clause()

    def _clause(self) -> Clause:
        field = self._name("a field name")
        operator = self._operator()
        if operator in {"in", "not in"}:
            return Clause(field, operator, self._list())
        return Clause(field, operator, (self._value(),))

    def _name(self, wanted: str) -> str:
        token = self._next
        if token.kind not in {"word", "string"} or not token.text:
            raise self._unexpected(f"Expecting {wanted}")
        self._refuse_reserved(token)
        self._at += 1
        return token.text.lower()

    def _refuse_reserved(self, token: Token) -> None:
        if token.kind == "word" and token.text.lower() in RESERVED_WORDS:
            raise JqlError(
                f"Error in the JQL Query: '{token.text}' is a reserved JQL word. You must surround it in quotation "
                f"marks to use it in a query. (line 1, character {token.at + 1})"
            )

    def _operator(self) -> str:
        if self._next.kind == "sign" and self._next.text in OPERATORS:
            return self._take().text
        if self._accept("in"):
            return "in"
        if self._accept("is"):
            return "is not" if self._accept("not") else "is"
        if self._accept("not"):
            if self._accept("in"):
                return "not in"
            raise self._unexpected("Expecting 'in'")
        raise self._unexpected("Expecting operator")

    def _list(self) -> tuple[str | None, ...]:
        if not self._sign("("):
            raise self._unexpected("Expecting '('")
        values = [self._value()]
        while self._sign(","):
            values.append(self._value())
        if not self._sign(")"):
            raise self._unexpected("Expecting ')'")
        return tuple(values)

    def _value(self) -> str | None:
        token = self._next
        if token.kind not in {"word", "string"}:
            raise self._unexpected("Expecting either a value, list or function")
        if self._accept("empty") or self._accept("null"):
            return None
        self._refuse_reserved(token)
        self._at += 1
        if token.kind == "word" and self._sign("("):
            raise JqlError(f"Unable to find JQL function '{token.text}()'.")
        return token.text

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._accept("by"):
            raise self._unexpected("Expecting 'by'")
        order = [self._ordered()]
        while self._sign(","):
            order.append(self._ordered())
        return tuple(order)

    def _ordered(self) -> tuple[str, bool]:
        field = self._name("a field to order by")
        if self._accept("desc"):
            return field, True
        self._accept("asc")
        return field, False


def parse(text: str) -> Query:
    """Parse a query; an empty text is a query without a restriction. Raises `JqlError`."""
    return Parser(text).query()
