"""What the writer of a mail wrote: its text without markup, quoted history, forwards and signature."""
import email
import email.policy
import html
import re

_TEXT_BREAK = re.compile(
    r"^(?:-{2,} ?(?:Original Message|Forwarded message|Ursprüngliche Nachricht|原始邮件|转发邮件信息|原始郵件|Original).*"
    r"|Begin forwarded message:.*|_{10,}|-- |On .{5,120} wrote:|在 ?.{5,120}写道[:：]|.{0,60}于.{5,80}写道[:：]"
    r"|(?:发件人|寄件者|From) ?[:：].*|Sent from my .*|发自我的.*|.{0,80}wrote:)$", re.I)


def _plain(markup):
    markup = re.sub(r"(?is)<(style|script|head|title)\b.*?</\1>|<!--.*?-->", " ", markup)
    markup = re.sub(r"(?is)<blockquote\b.*", " ", markup)
    markup = re.sub(r"(?i)<(?:br|/p|/div|/tr|/li|/h\d)\b[^>]*>", "\n", markup)
    return html.unescape(re.sub(r"(?s)<[^>]*>", "", markup))


def _decoded(part):
    raw = part.get_payload(decode=True) or b""
    charset = (part.get_content_charset() or "utf-8").lower()
    charset = {"gb2312": "gb18030", "gbk": "gb18030"}.get(charset, charset)
    try:
        return raw.decode(charset)
    except (LookupError, UnicodeDecodeError):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("gb18030", "replace")


def _body(message):
    found = {"text/plain": "", "text/html": ""}
    parts = [message]
    while parts:
        part = parts.pop(0)
        kind = part.get_content_type()
        if kind == "message/rfc822" or part.get_content_disposition() == "attachment":
            continue
        if part.is_multipart():
            parts = list(part.get_payload()) + parts
        elif kind in found and not found[kind]:
            found[kind] = _decoded(part)
    return found["text/plain"] if found["text/plain"].strip() else _plain(found["text/html"])


def written(raw):
    """(message id, text); the text is empty where the mail cannot be parsed."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    lines = []
    for line in _body(message).splitlines():
        if _TEXT_BREAK.match(line.strip() if line != "-- " else line):
            break
        if not line.lstrip().startswith((">", "|", "&gt;")):
            lines.append(line)
    return (message.get("Message-ID") or "").strip(), "\n".join(lines).strip()
