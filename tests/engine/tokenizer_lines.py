"""Lines to compare tokenizers on: twenty languages, emoji, combining marks, controls, broken UTF-8. Seeded."""
import pathlib
import random

SENTENCES = pathlib.Path(__file__).parent.parent / "data" / "multilingual.txt"

WORDS = """the quick brown fox can't won't I'll they've we're it's Straße Größe über Müller weiß schön łódź
źdźbło żółć święto ćma İstanbul ısırgan şeker ağaç çiçek görüşürüz Việt Nam xin chào cảm ơn nghĩa
tiếng được người Ærø blåbær français où être cœur l'été garçon naïve mañana niño corazón ¿qué? ação
coração não è perché città æon þorn Đường привет мир ещё объявление щука київ їжак ґанок Ελλάδα
ΣΊΣΥΦΟΣ άνθρωπος ψυχή ΑΫ́ μᾶλλον שלום עולם עִבְרִית ספר مرحبا العالم كتاب مُحَمَّد لا إله السلام ﷺ ﷽
فارسی نیم‌فاصله می‌خواهم اردو ہندوستان हिन्दी नमस्ते क्षेत्र विद्यालय ज़िंदगी द़ বাংলা ধন্যবাদ ড়
தமிழ் வணக்கம் తెలుగు ಕನ್ನಡ മലയാളം ગુજરાતી ਪੰਜਾਬੀ සිංහල ภาษาไทย สวัสดีครับ กำลัง น้ำ ພາສາລາວ မြန်မာ
ភាសាខ្មែរ ქართული Հայերեն አማርኛ 안녕하세요 한국어 감사합니다 각 가각 こんにちは カタカナ ｶﾞｷﾞ が ぱ ゝゞ 東京都 日本語 漢字 安全 中文 简体 繁體 龍龜
你好，世界！ 𠮷野家 𪚥 﨑 ﾊﾝｶｸ ｆｕｌｌ ＷＩＤＴＨ １２３ ①② Ⅷ ½ ²³ ™ ﬁ ﬂ ĳ ŉ ǆ K Å Ω 𝓗𝓮𝓵𝓵𝓸 𝟙𝟚𝟛 𐐀𐐨 𞤀𞤢 Ꭰꭰ ẞ ſ""".split()

EMOJI = """😀 😂 👍🏽 👩‍👩‍👧‍👦 👨🏿‍💻 🏳️‍🌈 🇩🇪🇫🇷 🇯🇵 ❤️ ☺ 🤷‍♀️ 1️⃣ #️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ✈︎ ©️ 🫠 🧑‍🚀""".split()

ODD = ["\u200b", "\u200c", "\u200d", "\u200e", "\u202e", "\ufeff", "\u00ad", "\u2060", "\x00", "\x01", "\x07", "\x1b",
       "\x7f", "\x85", "\u00a0", "\u2009", "\u3000", "\u2028", "\u2029", "\t", "\r", "\x0b", "\x0c", "\ufffd", "\u1680",
       "\u180e", "\ue000", "\U000f0000", "\U0010ffff", "\u0378", "\ufdd0", "\u034f", "\u061c", "\u0600", "\u070f"]

PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + list(
    "…—–„“”«»¿¡、。！？「」・٪،؟।॥༄·՞‰€£¥₹§¶†‡•※〜〰")

MARKS = [chr(c) for c in (*range(0x300, 0x370), *range(0x483, 0x488), *range(0x591, 0x5BE), *range(0x64B, 0x656),
                          0x670, 0x93C,
                          0x94D, 0x9BC, 0xF71, 0xF72, 0xF74, 0xF80, 0x1DC0, 0x20D0, 0x20E3, 0x3099, 0x309A,
                          0xFE0F, 0x1D165, 0x1D16D, 0x1885, 0xA9BD)]

BLOCKS = [(0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x2FF), (0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x5FF), (0x600, 0x6FF),
          (0x700, 0x8FF), (0x900, 0xDFF), (0xE00, 0xEFF), (0xF00, 0xFFF), (0x1000, 0x10FF), (0x1100, 0x11FF),
          (0x1200, 0x139F), (0x1780, 0x17FF), (0x1E00, 0x1FFF), (0x2000, 0x2BFF), (0x2E80, 0x30FF), (0x3100, 0x33FF),
          (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFB00, 0xFFFF),
          (0x10000, 0x10FFF), (0x11000, 0x11FFF), (0x12000, 0x16FFF), (0x1B000, 0x1BFFF), (0x1D000, 0x1DFFF),
          (0x1E000, 0x1EFFF), (0x1F000, 0x1FAFF), (0x20000, 0x323AF), (0xE0000, 0xE01EF)]

BROKEN = [b"\xff", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
          b"\xe0\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe4\xbd", b"\xfe\xff"]


def of_blocks(rng):
    first, last = rng.choice(BLOCKS)
    return "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, 8)))


def word(rng):
    kind = rng.random()
    if kind < 0.55:
        text = rng.choice(WORDS)
        case = rng.random()
        return text.upper() if case < 0.1 else text.capitalize() if case < 0.2 else text
    if kind < 0.63:
        return rng.choice(EMOJI)
    if kind < 0.70:
        return str(rng.randint(0, 10 ** rng.randint(1, 12))) + rng.choice(["", "%", "€", "kg", ".5", ",00", "th", "²"])
    if kind < 0.77:
        return rng.choice(PUNCTUATION) * rng.randint(1, 4)
    if kind < 0.81:
        host, page, anchor = rng.choices(WORDS, k=3)
        return f"https://{host}.example/{page}?q={rng.randint(0, 999)}&a=%20#{anchor}"
    if kind < 0.84:
        return f"{rng.choice(WORDS)}_{rng.choice(WORDS)}@mail-{rng.randint(1, 9)}.example.org"
    if kind < 0.90:
        return of_blocks(rng)
    if kind < 0.94:
        return "".join(c + "".join(rng.choices(MARKS, k=rng.randint(0, 3))) for c in rng.choice(WORDS))
    if kind < 0.97:
        return rng.choice(ODD)
    return rng.choice(["[MASK]", "[SEP]", "<mask>", "</s>", "<s>", "<|endoftext|>", "[UNK]", "[unk]", "<unk>", "fovea",
                       "ﬀovea", "Fovea", "##s", "▁", "Ġ",
                       "<0x41>", "  ", "[CLS]x", "'s", "'LL", "'ſ", "\r\n", "a\u0301\u0323"])


def line(rng, sentences):
    kind = rng.random()
    if kind < 0.25:
        text = rng.choice(sentences)
        if rng.random() < 0.3:
            text = text + rng.choice([" ", "", "  ", "\u3000"]) + rng.choice(sentences)
    elif kind < 0.97:
        joints = [" "] * 8 + ["", "", "  ", "\t", "\u00a0", "-", "\n"[:0], " \r ", "   "]
        text = "".join(word(rng) + rng.choice(joints) for _ in range(rng.randint(1, 14)))
    elif kind < 0.98:
        text = rng.choice(WORDS) * rng.randint(20, 60)  # a very long word
    else:
        text = "".join(of_blocks(rng) for _ in range(rng.randint(1, 6)))
    raw = text.replace("\n", " ").encode("utf-8", "ignore")
    if rng.random() < 0.08:
        for _ in range(rng.randint(1, 3)):
            at = rng.randint(0, len(raw))
            raw = raw[:at] + rng.choice(BROKEN) + raw[at:]
    return raw


def make_lines(count, seed=7):
    """Bytes without LF; about one in twelve is not UTF-8."""
    rng = random.Random(seed)
    sentences = SENTENCES.read_text(encoding="utf-8").split("\n")[:-1]
    fixed = [b"", b" ", b"  a", b"a  ", b"\xff", b"\xef\xbb\xbfBOM"]
    return fixed + [line(rng, sentences) for _ in range(count - len(fixed))]


def plain_lines(count, seed=11):
    """Texts of common characters alone, for trainers that need a piece for each of them."""
    rng = random.Random(seed)
    sentences = SENTENCES.read_text(encoding="utf-8").split("\n")[:-1]
    return sentences + [" ".join(rng.choices(WORDS, k=rng.randint(2, 8))) for _ in range(count)]
