"""One spelling for what people type: case, width, accents, signs and doubled letters tell nothing."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping

LOOKED_AT = 4000
"""Characters read of a text: as many as the longest text message holds."""

# Devanagari, Han and Hangul: there words run on, or endings do.
RUN_ON = "\u0900-\u097f\u3400-\u9fff\uac00-\ud7a3"

_TRADITIONAL = (
    "別訂電話擾聯絡繫係發簡訊幫還錢債務師產過錯號碼認識爭議異騙詐經結轉帳賬業難緩寬減貸離開遠煩騷滾條沒個這媽爺親喪"
    "車禍請們給來時間絕對後無關單據證審額數繳費匯劃領資醫療貧換誰嗎讓說聽見應當從會為與處協調訴訟顧問刪斷終報舉緊頭"
    "週罷遺實現買賣東錄權嚴責負備構進動長門戶貨傷員裁職歸償續約網銀樣麼點總決雙將剛辦誤確導遲寫壓賠圍撤鎮計詢產較"
)
_SIMPLIFIED = (
    "别订电话扰联络系系发简讯帮还钱债务师产过错号码认识争议异骗诈经结转账账业难缓宽减贷离开远烦骚滚条没个这妈爷亲丧"
    "车祸请们给来时间绝对后无关单据证审额数缴费汇划领资医疗贫换谁吗让说听见应当从会为与处协调诉讼顾问删断终报举紧头"
    "周罢遗实现买卖东录权严责负备构进动长门户货伤员裁职归偿续约网银样么点总决双将刚办误确导迟写压赔围撤镇计询产较"
)
_ALIKE = str.maketrans(
    dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))
    | dict.fromkeys("’‘ʼ`´", "'")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff\u093c")  # what nobody sees, and the nukta
    | {"ँ": "ं", "ı": "i", "🛑": " stop ", "⛔": " stop ", "🚫": " stop "}
)
_VIETNAMESE = re.compile("[ăđơưạ-ỹ]")
_CONTRACTION = re.compile(r"(?<=\w)'(?=(?:t|m|s|d|ve|ll|re)\b)")
_NOT_A_WORD = re.compile(r"(?:(?![\u0900-\u0963\u0971-\u097f])\W|_)+")  # vowel signs are not \w, yet belong
_BETWEEN_SCRIPTS = re.compile(f"(?<=[a-z0-9])(?=[{RUN_ON}])|(?<=[{RUN_ON}])(?=[a-z0-9])|(?<=[a-z])(?=[0-9])")
_SPELT_OUT = re.compile(r"(?<!\S)(?:[a-z] ){2,}[a-z](?!\S)")
_REPEATED = re.compile(r"([^\W\d])\1+")


def folded(text: str, marks: bool | None = None) -> str:
    """The words of a text, one blank between; `marks` says whether accents stay.

    Left open, they stay where the text is Vietnamese beyond doubt: there they tell dừng (stop) from
    đúng (right), and who types without them is read without them.
    """
    text = unicodedata.normalize("NFKC", text[:LOOKED_AT])[:LOOKED_AT].casefold().translate(_ALIKE)
    text = unicodedata.normalize("NFC", text)
    if not (_VIETNAMESE.search(text) if marks is None else marks):
        bare = (c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")
        text = unicodedata.normalize("NFC", "".join(bare)).replace("đ", "d")
    text = _NOT_A_WORD.sub(" ", _CONTRACTION.sub("", text)).strip()
    text = _BETWEEN_SCRIPTS.sub(" ", text)
    text = _SPELT_OUT.sub(lambda letters: letters.group().replace(" ", ""), text)
    return _REPEATED.sub(lambda same: same[1], text)


def slips(words: Iterable[str]) -> dict[str, str]:
    """What small slips make of some words, to read `righted` by; short words are too alike for more."""
    return {slip: word for word in sorted(words) for slip in (word, *_exchanged(word), *_shortened(word))}


def righted(text: str, known: Collection[str], meant: Mapping[str, str]) -> str:
    """A folded text with its unknown words replaced by those they are a slip of."""
    return " ".join(word if word in known else _meant(word, meant) for word in text.split())


def _meant(word: str, meant: Mapping[str, str]) -> str:
    if not 4 <= len(word) <= 20:
        return word
    return next((meant[slip] for slip in (word, *_shortened(word)) if slip in meant), word)


def _exchanged(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))


def _shortened(word: str) -> Iterator[str]:
    """One letter left out; two words alike then differ by one letter, or by a missing or an added one."""
    return (word[:at] + word[at + 1 :] for at in range(len(word) if len(word) > 5 else 0))
