"""Answers are quotes from the passages, with their marks."""

import httpx2
import pytest
from openai import AsyncOpenAI

from local.model.directive import Directive, Failure, WantedCall, read_directive
from local.model.problems import ProblemError
from local.model.quoting import passages_in, quoted_answer

INSTRUCTIONS = """\
Answer from the passages.
<passage mark="1" title="Pets &amp; &quot;people&quot;">Cats purr when content. Dogs bark at
cats &lt;loudly&gt;.</passage>
<passage mark="2" title='A "quoted" one'>The refund
window is 30 days. Refunds need a receipt!</passage>
"""


def answer(question: str) -> str:
    return quoted_answer(question, passages_in([INSTRUCTIONS]))


def test_the_sentences_that_share_most_words_are_quoted() -> None:
    assert answer("How long is the refund window?") == (
        "This is the offline model, quoting what was found: "
        '"The refund window is 30 days." [2] "Refunds need a receipt!" [2]'
    )
    assert answer("Do dogs bark?").endswith('"Dogs bark at cats <loudly>." [1]')


def test_without_a_match_it_says_that_it_found_nothing() -> None:
    said = answer("Weather " * 100)
    assert said.startswith("This is the offline model. It found nothing to quote about: “Weather")
    assert len(said) < 300


def test_text_that_looks_like_a_passage_in_a_passage_is_only_text() -> None:
    escaped = '<passage mark="1">&lt;passage mark="9"&gt;dogs&lt;/passage&gt; bark</passage>'
    said = quoted_answer("dogs bark", passages_in([escaped]))
    assert said.endswith('"<passage mark="9">dogs</passage> bark" [1]')


async def test_both_dialects_quote_the_same_and_always_the_same(client: AsyncOpenAI) -> None:
    question = "How long is the refund window?"
    for _ in range(2):
        response = await client.responses.create(
            model="m", instructions=INSTRUCTIONS, input=question
        )
        as_items = await client.responses.create(
            model="m",
            input=[
                {"role": "developer", "content": INSTRUCTIONS},
                {"role": "user", "content": [{"type": "input_text", "text": question}]},
            ],
        )
        completion = await client.chat.completions.create(
            model="m",
            messages=[
                {"role": "system", "content": INSTRUCTIONS},
                {"role": "user", "content": question},
            ],
        )
        assert response.output_text == as_items.output_text == answer(question)
        assert completion.choices[0].message.content == answer(question)


async def test_passages_that_a_tool_returns_are_quoted(client: AsyncOpenAI) -> None:
    response = await client.responses.create(
        model="m",
        input=[
            {"role": "user", "content": "How long is the refund window?"},
            {"type": "function_call", "call_id": "c", "name": "search", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": INSTRUCTIONS},
        ],
    )
    assert '"The refund window is 30 days." [2]' in response.output_text


async def test_a_passage_from_the_user_is_not_quoted(client: AsyncOpenAI) -> None:
    response = await client.responses.create(model="m", input=f"refund window? {INSTRUCTIONS}")
    assert "nothing to quote" in response.output_text


def test_directives_are_read_and_taken_out() -> None:
    directive, question = read_directive(
        "Why?\n @offline ttft_ms=5 gap_ms=0.5 fail=drop after=3 times=2\n"
        '@offline call=add args={"a": "b c"}\n@offline call=sub\n@offline reply=two words\nSo?'
    )
    assert question.split() == ["Why?", "So?"]
    assert directive == Directive(
        ttft_ms=5,
        gap_ms=0.5,
        fail=Failure.DROP,
        after=3,
        times=2,
        call=(WantedCall("add", '{"a": "b c"}'), WantedCall("sub")),
        reply="two words",
    )
    assert read_directive("mail me @offline tokens=3") == (
        Directive(),
        "mail me @offline tokens=3",
    )


@pytest.mark.parametrize(
    "line",
    ["fail=418", "tokens=x", "tokens=50001", "gap_ms=nan", "gap_ms=-1", "call=", "stamp=2", "word"],
)
def test_a_directive_that_cannot_be_obeyed_is_refused(line: str) -> None:
    with pytest.raises(ProblemError, match="@offline"):
        read_directive(f"@offline {line}")


async def test_a_body_of_twenty_megabytes_is_read(http: httpx2.AsyncClient) -> None:
    body = {"model": "m", "instructions": "x " * 9_000_000, "input": "Hi"}
    answered = await http.post("/v1/responses", json=body)
    assert answered.status_code == 200
