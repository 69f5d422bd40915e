"""Answers are quotes from the passages, with their marks."""

import httpx2
import pytest
from openai import AsyncOpenAI

from local.model.conversation import Conversation
from local.model.directive import Directive, Failure, WantedCall, read_directive
from local.model.problems import ProblemError
from local.model.quoting import UNANSWERED, Passage, passages_in, quoted_answer

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


def test_without_passages_it_says_that_it_found_nothing() -> None:
    said = quoted_answer("Weather " * 100, [])
    assert said.startswith("This is the offline model. It found nothing to quote about: “Weather")
    assert len(said) < 300


@pytest.mark.parametrize(
    "question",
    ["Weather " * 100, "Which weather, wind and rain are cats expecting tomorrow in Lisbon?", "?"],
)
def test_what_the_passages_do_not_answer_is_declined_plainly(question: str) -> None:
    assert answer(question) == f"This is the offline model. {UNANSWERED}"


def test_a_question_without_words_of_its_own_leans_on_the_one_before() -> None:
    passages = list(passages_in([INSTRUCTIONS]))
    assert UNANSWERED in quoted_answer("And how long?", passages)
    said = quoted_answer("And how long?", passages, "What is the refund window?")
    assert '"The refund window is 30 days." [2]' in said


def test_an_address_in_the_question_is_none_of_its_words() -> None:
    said = answer("What does https://shop.example/help/en/page.html?id=7 say of the refund window?")
    assert '"The refund window is 30 days." [2]' in said


def test_a_title_counts_for_the_sentences_under_it() -> None:
    passage = Passage("1", "It takes five working days.", "Deliveries to islands")
    asked = "How many working days do deliveries to islands by ship take?"
    assert "[1]" in quoted_answer(asked, [passage])


def test_a_message_of_passages_before_the_question_is_quoted() -> None:
    conversation = Conversation()
    conversation.say("user", f"<passages>\n{INSTRUCTIONS}\n</passages>")
    conversation.say("user", "How long is the refund window?")
    assert list(passages_in(conversation.given))[1].mark == "2"
    assert [turn.text for turn in conversation.turns] == ["How long is the refund window?"]


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
