// Where a reply's own words end: quoted history and signatures, in English and Chinese mail.
// Both return a part of `text` (the kept words, in order). Lines end in LF.
#pragma once

#include <string>
#include <string_view>

namespace fovea::clean {

// Drops "> " lines with the line that introduces them (On ... wrote:, 在 ... 写道：), and everything after
// "-----Original Message-----", a From:/Sent:/To:/Subject: block or 发件人：/发送时间：/收件人： block.
// Forwarded text stays, with all that follows its "Forwarded message" line; and where nothing but history is there, the
// text is returned as it is.
std::string drop_quotes(std::string_view text);

// "Fwd: ...", "转发：...": the mail forwards another; its quotes are what it is about.
bool is_forward(std::string_view subject);

// Drops what follows "-- ", a closing device line (Sent from my iPhone, 发自我的iPhone) and confidentiality
// disclaimers.
std::string drop_signature(std::string_view text);

}  // namespace fovea::clean
