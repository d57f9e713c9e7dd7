#include "store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace fovea::store {
namespace {

Error sqlite_error(sqlite3* db, int status, const std::string& path) {
  Code code = Code::kInternal;
  std::string hint;
  switch (status & 0xFF) {
    case SQLITE_FULL:
      code = Code::kResourceExhausted, hint = "free some disk space and run again: nothing was lost";
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      code = Code::kAborted, hint = "another program writes this state; try again";
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      code = Code::kDataLoss, hint = "run 'fovea store check'; restore the folder from a backup";
      break;
    case SQLITE_CANTOPEN:
      code = Code::kNotFound;
      break;
    case SQLITE_PERM:
    case SQLITE_READONLY:
      code = Code::kPermissionDenied;
      break;
    case SQLITE_IOERR:
      code = Code::kUnavailable;
      break;
    case SQLITE_CONSTRAINT:
      code = Code::kAlreadyExists;
      break;
    default:
      break;
  }
  return {code, fmt::format("SQLite: {}", db ? sqlite3_errmsg(db) : sqlite3_errstr(status)), path, hint};
}

}  // namespace

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(int at, int64_t value) {
  sqlite3_bind_int64(statement_, at, value);
  return *this;
}
Statement& Statement::bind(int at, double value) {
  sqlite3_bind_double(statement_, at, value);
  return *this;
}
Statement& Statement::bind(int at, std::string_view text) {
  sqlite3_bind_text64(statement_, at, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}
Statement& Statement::bind_blob(int at, std::string_view bytes) {
  sqlite3_bind_blob64(statement_, at, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC);
  return *this;
}
Statement& Statement::bind_null(int at) {
  sqlite3_bind_null(statement_, at);
  return *this;
}

Result<bool> Statement::step() {
  int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  sqlite3* db = sqlite3_db_handle(statement_);
  return std::unexpected(sqlite_error(db, status, sqlite3_db_filename(db, "main")));
}

Result<void> Statement::run() {
  auto more = step();
  while (more && *more) more = step();
  reset();
  if (!more) return std::unexpected(more.error());
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double Statement::real(int column) const {
  return sqlite3_column_double(statement_, column);
}
std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  return {static_cast<const char*>(bytes ? bytes : ""), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}
bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, bool read_only, const std::string& vfs) {
  sqlite3* db = nullptr;
  int flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX;
  int status = sqlite3_open_v2(path.c_str(), &db, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (status != SQLITE_OK) {
    Error error = sqlite_error(db, status, path);
    sqlite3_close(db);
    return std::unexpected(std::move(error));
  }
  sqlite3_extended_result_codes(db, 1);
  constexpr int kBusyMs = 5'000;
  sqlite3_busy_timeout(db, kBusyMs);
  return std::unique_ptr<Database>(new Database(db, path));
}

Database::~Database() {
  sqlite3_close_v2(db_);
}

Result<void> Database::execute(const std::string& sql) {
  int status = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return std::unexpected(sqlite_error(db_, status, path_));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int status =
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (status != SQLITE_OK) return std::unexpected(sqlite_error(db_, status, path_));
  return Statement(statement);
}

int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(db_);
}
int64_t Database::changes() const {
  return sqlite3_changes(db_);
}

}  // namespace fovea::store
