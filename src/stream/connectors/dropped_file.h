// A file dropped into a watched folder, as an event: *.eml as mail, *.json as the object it holds, any other as
// name, path, bytes, modified and, where it is text, text. The id is a digest of name and content.
#pragma once

#include "stream/connectors/folder_source.h"

namespace fovea::connectors {

record::Event dropped_file_event(const FolderFile& file, std::string_view bytes, TimePoint now);

}  // namespace fovea::connectors
