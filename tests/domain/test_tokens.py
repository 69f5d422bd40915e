"""The token estimate against a real vocabulary."""

from collections.abc import Callable
from pathlib import Path

import pytest
import wordllama

from domain.tokens import count, estimated_usage
from models.payloads.chat import ChatMessage, ChatRequest, Role, ToolCall

SAMPLES = {
    "English": "The notary must check the documents before the contract is signed, and tell both "
    "sides what follows from it.",
    "figures": "Revenue rose 12.5% to 1,240,331 in 2025; costs fell to 998,102 (-3.1%).",
    "JSON": '{"id": 42, "tags": ["red", "blue"], "nested": {"ok": true, "name": "Ann"}}',
    "code": "def add(a: int, b: int) -> int:\n    return a + b\n\n\nprint(add(1, 2))\n",
    "constants": 'TURN_WORKFLOW = "turn"\nAGENT_ATTRIBUTE = "HoldfastAgent"\nMAX_SIZE = 10\n',
    "Markdown": "| Name | Price |\n|---|---|\n| Tea | 3.20 |\n\n## Notes\n- **bold** and `code`\n",
    "German": "Die Gesellschaft übergibt die Unterlagen vor der Unterzeichnung des Vertrages und "
    "benachrichtigt alle Beteiligten.",
    "French": "La société remettra les documents avant la signature du contrat et informera "
    "toutes les parties à l'été.",
    "Russian": "Нотариус должен проверить документы до подписания договора и сообщить сторонам.",
    "Greek": "Η εταιρεία θα παραδώσει τα έγγραφα πριν από την υπογραφή της συμφωνίας.",
    "Arabic": "يجب على الشركة تسليم المستندات قبل توقيع العقد وإبلاغ جميع الأطراف بالنتائج.",
    "Hebrew": "החברה תמסור את המסמכים לפני חתימת ההסכם ותודיע לכל הצדדים על התוצאות.",
    "Hindi": "कंपनी अनुबंध पर हस्ताक्षर करने से पहले दस्तावेज़ सौंपेगी और सभी पक्षों को बताएगी।",
    "Chinese": "公司应在签署合同之前提交文件,并将结果通知所有各方。我们下周开会讨论预算。",
    "Japanese": "契約書に署名する前に、会社は書類を提出し、すべての当事者に結果を通知します。",
    "Korean": "회사는 계약서에 서명하기 전에 서류를 제출하고 당사자에게 결과를 통지합니다.",
    "Thai": "บริษัทต้องส่งมอบเอกสารก่อนลงนามในสัญญาและแจ้งผลให้ทุกฝ่ายทราบ",
    "Vietnamese": "Công ty phải giao tài liệu trước khi ký hợp đồng và thông báo kết quả.",
    "Polish": "Spółka przekaże dokumenty przed podpisaniem umowy i powiadomi wszystkie strony.",
    "emoji": "🎉🚀😀👍✨💡📈",
}


@pytest.fixture(scope="module")
def true_count() -> Callable[[str], int]:
    model = wordllama.WordLlama.load(
        cache_dir=Path(wordllama.__file__).parent, disable_download=True
    )
    tokenizer = model.tokenizer
    tokenizer.no_truncation()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


@pytest.mark.parametrize("language", SAMPLES)
def test_the_estimate_is_near_in_many_languages(
    true_count: Callable[[str], int], language: str
) -> None:
    text = SAMPLES[language] * 5

    assert 0.7 <= count(text) / true_count(text) <= 1.4


def test_nothing_is_no_token_and_anything_is_at_least_one() -> None:
    assert count("") == 0
    assert count("a") == 1
    assert count("\ud800") == 1


def test_more_text_is_never_fewer_tokens() -> None:
    text = "".join(SAMPLES.values())

    counts = [count(text[:end]) for end in range(0, len(text), 7)]

    assert counts == sorted(counts)


def test_estimated_usage_counts_all_that_was_sent_and_said() -> None:
    call = ToolCall(call_id="c", name="add", arguments='{"a": 1}')
    asked = ChatRequest(
        model="m",
        instructions="Be brief.",
        messages=(
            ChatMessage(role=Role.USER, content="Hello there"),
            ChatMessage(role=Role.ASSISTANT, calls=(call,)),
        ),
    )

    bare = estimated_usage(asked.model_copy(update={"messages": ()}), "")
    full = estimated_usage(asked, "Hi", (call,))

    assert bare.output_tokens == 0
    assert 0 < bare.input_tokens < full.input_tokens
    assert full.output_tokens > count("Hi")
