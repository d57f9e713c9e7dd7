#include "decide/table/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "base/csv.h"
#include "base/suggest.h"
#include "decide/table/body.h"
#include "decide/table/column_index.h"
#include "decide/table/limits.h"

namespace fovea::table {
namespace {

using expr::Kind;
using expr::Value;

constexpr std::string_view kPolicies[] = {"first", "unique", "any", "priority", "collect"};

// Reads a table's text into a Body.
class Reader {
 public:
  Reader(std::string name, const expr::Environment& environment, HitPolicy policy) : environment_(environment) {
    body_.name = std::move(name);
    body_.policy = policy;
  }

  Result<TableBody> run(std::string_view csv) {
    CsvReader reader(csv, StrayQuotes::kKeep);
    FOVEA_TRY(auto head, located(reader.next()));
    if (!head) return fail(Code::kInvalidArgument, "an empty table", body_.name, "the first line names the columns");
    FOVEA_OK(header(*head));
    while (true) {
      FOVEA_TRY(auto row, located(reader.next()));
      if (!row) break;
      if (body_.rows.size() == kRowsMax)
        return fail(Code::kResourceExhausted, fmt::format("over {} rows", kRowsMax), body_.name);
      FOVEA_OK(add_row(*row));
    }
    if (body_.rows.empty()) return fail(Code::kInvalidArgument, "a table without rows", body_.name);
    std::vector<expr::Type::Member> members;
    for (size_t i = 0; i < body_.outputs.size(); ++i) {
      expr::Type type = types_[i];
      members.push_back({body_.outputs[i].name, body_.policy == HitPolicy::kCollect ? expr::Type::list(type) : type});
    }
    body_.type = expr::Type::record(std::move(members));
    for (size_t i = 0; i < body_.inputs.size(); ++i) body_.indexes.push_back(index_of(body_.rows, i));
    body_.warnings = table_warnings(body_.input_texts, body_.rows, body_.policy);
    return std::move(body_);
  }

 private:
  template <typename T>
  Result<T> located(Result<T> result) const {
    if (!result) result.error().where = body_.name + ":" + result.error().where;
    return result;
  }
  std::unexpected<Error> bad(uint32_t line, uint32_t column, std::string message, std::string hint = {}) const {
    return fail(Code::kInvalidArgument, std::move(message), fmt::format("{}:{}:{}", body_.name, line, column),
                std::move(hint));
  }
  // An error of a cell's own, put where the cell is.
  std::unexpected<Error> within(const CsvRow& row, const CsvCell& cell, Error error) const {
    if (!error.where.empty()) error.message += fmt::format(" at {}", error.where);
    error.where = fmt::format("{}:{}:{}", body_.name, row.line, cell.column);
    return std::unexpected(std::move(error));
  }

  Result<void> header(const CsvRow& row) {
    if (row.cells.size() > kColumnsMax) return bad(row.line, 1, fmt::format("over {} columns", kColumnsMax));
    for (const CsvCell& cell : row.cells) {
      std::string_view text = trimmed(cell.text);
      bool output = text.starts_with("=>");
      is_output_.push_back(output);
      if (!output) {
        auto compiled = expr::Expression::compile(text, environment_);
        if (!compiled) return within(row, cell, compiled.error());
        body_.input_texts.emplace_back(text);
        body_.inputs.push_back(std::move(*compiled));
        continue;
      }
      std::string name(trimmed(text.substr(2)));
      bool plain = !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
      });
      if (!plain)
        return bad(row.line, cell.column, fmt::format("'{}' is no name for an output", name), "letters, digits and _");
      for (const Output& each : body_.outputs) {
        if (each.name == name) return bad(row.line, cell.column, fmt::format("the output '{}' stands twice", name));
      }
      body_.outputs.push_back({name});
      types_.emplace_back();
    }
    if (body_.outputs.empty())
      return bad(row.line, 1, "a table without outputs", "an output's header cell is '=> name'");
    if (body_.inputs.empty())
      return bad(row.line, 1, "a table without inputs", "an input's header cell is an expression");
    bool prioritised = std::ranges::any_of(body_.outputs, [](const Output& each) { return each.name == "priority"; });
    if (body_.policy == HitPolicy::kPriority && !prioritised) {
      return bad(row.line, 1, "hit policy 'priority' needs an output 'priority'");
    }
    return {};
  }

  Result<void> add_row(const CsvRow& row) {
    if (row.cells.size() != is_output_.size()) {
      return bad(row.line, 1, fmt::format("{} cells; the header has {}", row.cells.size(), is_output_.size()),
                 row.cells.size() > is_output_.size() ? "a cell that holds a comma stands in quotes" : "");
    }
    Row out;
    out.line = row.line;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const CsvCell& cell = row.cells[i];
      if (is_output_[i]) {
        FOVEA_OK(add_output(row, cell, out));
        continue;
      }
      auto parsed = parse_cell(cell.text, body_.inputs[out.cells.size()].type().kind());
      if (!parsed) return within(row, cell, parsed.error());
      out.cells.push_back(std::move(*parsed));
    }
    body_.rows.push_back(std::move(out));
    return {};
  }

  Result<void> add_output(const CsvRow& row, const CsvCell& cell, Row& out) {
    std::string_view text = trimmed(cell.text);
    OutputCell output;
    expr::Type type = Kind::kNull;
    if (text.starts_with('=')) {
      auto compiled = expr::Expression::compile(text.substr(1), environment_);
      if (!compiled) return within(row, cell, compiled.error());
      type = compiled->type();
      output.expression = std::move(*compiled);
    } else if (!text.empty()) {
      Literal literal = parse_literal(text, Kind::kDyn);
      type = literal.value.kind();
      output.literal = expr::to_json(literal.value);
    }
    size_t at = out.outputs.size();
    types_[at] = body_.rows.empty() ? type : expr::join(types_[at], type);
    out.outputs.push_back(std::move(output));
    return {};
  }

  const expr::Environment& environment_;
  TableBody body_;
  std::vector<bool> is_output_;
  std::vector<expr::Type> types_;
};

// One question to a table.
class Run {
 public:
  Run(const TableBody& body, const expr::Scope& scope) : body_(body), scope_(scope), inputs_(body.inputs.size()) {}

  Result<Answer> decide() {
    FOVEA_TRY(Bits rows, possible());
    std::vector<const Row*> hits;
    for (size_t word = 0; word < rows.size(); ++word) {
      for (uint64_t bits = rows[word]; bits != 0; bits &= bits - 1) {
        const Row& row = body_.rows[word * 64 + static_cast<size_t>(std::countr_zero(bits))];
        FOVEA_TRY(bool holds, holds_for(row));
        if (!holds) continue;
        hits.push_back(&row);
        if (body_.policy == HitPolicy::kFirst) return answer_of(hits);
      }
    }
    return answer_of(hits);
  }

 private:
  struct Input {
    bool read = false, missing = false;
    Value value;
  };

  Result<const Input*> input(size_t at) {
    Input& out = inputs_[at];
    if (out.read) return &out;
    out.read = true;
    auto how = body_.inputs[at].read(scope_, out.value);
    if (how == expr::Expression::Read::kError) {
      auto error = body_.inputs[at].eval(scope_);
      Error why = error ? Error{} : error.error();
      why.where = body_.name + ": " + body_.input_texts[at];
      return std::unexpected(std::move(why));
    }
    out.missing = how == expr::Expression::Read::kMissing;
    return &out;
  }

  Result<Bits> possible() {
    Bits out((body_.rows.size() + 63) / 64, ~uint64_t{0});
    if (size_t rest = body_.rows.size() % 64) out.back() = (uint64_t{1} << rest) - 1;
    for (size_t i = 0; i < body_.indexes.size(); ++i) {
      const ColumnIndex& index = body_.indexes[i];
      if (!index.used) continue;
      FOVEA_TRY(const Input* value, input(i));
      const Bits& bits = value->missing ? index.anyway : candidates(index, value->value);
      for (size_t word = 0; word < out.size(); ++word) out[word] &= bits[word];
    }
    return out;
  }

  Result<bool> holds_for(const Row& row) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      if (row.cells[i].any) continue;
      FOVEA_TRY(const Input* value, input(i));
      if (value->missing || !row.cells[i].holds(value->value)) return false;
    }
    return true;
  }

  Result<JsonObject> outputs_of(const Row& row) {
    JsonObject out;
    for (size_t i = 0; i < body_.outputs.size(); ++i) {
      const OutputCell& cell = row.outputs[i];
      Json value = cell.literal;
      if (cell.expression) {
        auto made = cell.expression->eval_json(scope_);
        if (!made) {
          Error error = std::move(made).error();
          error.where = fmt::format("{}:{}", body_.name, row.line);
          return std::unexpected(std::move(error));
        }
        value = std::move(*made);
      }
      out.emplace(body_.outputs[i].name, std::move(value));
    }
    return out;
  }

  record::RuleHit hit_of(const Row& row) const {
    record::RuleHit out{body_.name, row.line, {}};
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const Input& input = inputs_[i];
      if (!input.read || input.missing) continue;
      // Of a text that was searched, only the word that was found: the text itself may be a whole message.
      const std::string* word = row.cells[i].word_in(input.value);
      Json value = word ? Json(*word) : expr::to_json(input.value);
      if (auto* text = value.if_string(); text && text->size() > kValueReportedMax) {
        size_t cut = kValueReportedMax;
        while (cut > 0 && (static_cast<unsigned char>((*text)[cut]) & 0xC0) == 0x80) --cut;
        text->resize(cut);
      }
      out.inputs.emplace_back(body_.input_texts[i], std::move(value));
    }
    return out;
  }

  Result<Answer> answer_of(const std::vector<const Row*>& hits) {
    Answer out;
    if (hits.empty()) return out;
    out.hit = true;
    if (body_.policy == HitPolicy::kCollect) return collected(hits);
    const Row* chosen = hits.front();
    FOVEA_TRY(out.outputs, outputs_of(*chosen));
    for (size_t i = 1; i < hits.size(); ++i) {
      if (body_.policy == HitPolicy::kUnique) return clash(*chosen, *hits[i], "hit policy is 'unique'");
      FOVEA_TRY(JsonObject other, outputs_of(*hits[i]));
      if (body_.policy == HitPolicy::kAny && other != out.outputs)
        return clash(*chosen, *hits[i], "hit policy is 'any'");
      if (body_.policy != HitPolicy::kPriority) continue;
      if (number_or(other["priority"], 0) > number_or(out.outputs["priority"], 0)) {
        chosen = hits[i];
        out.outputs = std::move(other);
      }
    }
    if (body_.policy == HitPolicy::kAny) {
      for (const Row* each : hits) out.hits.push_back(hit_of(*each));
    } else {
      out.hits.push_back(hit_of(*chosen));
    }
    return out;
  }

  Result<Answer> collected(const std::vector<const Row*>& hits) {
    Answer out;
    out.hit = true;
    for (const Output& each : body_.outputs) out.outputs.emplace(each.name, JsonArray());
    for (const Row* row : hits) {
      FOVEA_TRY(JsonObject outputs, outputs_of(*row));
      for (auto& each : outputs) out.outputs[each.key()].as_array().push_back(each.value());
      out.hits.push_back(hit_of(*row));
    }
    return out;
  }

  std::unexpected<Error> clash(const Row& a, const Row& b, std::string_view why) const {
    return fail(Code::kFailedPrecondition,
                fmt::format("lines {} and {} both hold with different answers; {}", a.line, b.line, why), body_.name,
                "make the rows exclude one another, or use hit: first");
  }

  const TableBody& body_;
  const expr::Scope& scope_;
  std::vector<Input> inputs_;
};

}  // namespace

std::string_view hit_policy_name(HitPolicy policy) {
  return kPolicies[static_cast<size_t>(policy)];
}

Result<HitPolicy> hit_policy_from_name(std::string_view name) {
  for (size_t i = 0; i < std::size(kPolicies); ++i) {
    if (kPolicies[i] == name) return static_cast<HitPolicy>(i);
  }
  return fail(Code::kInvalidArgument, fmt::format("unknown hit policy '{}'", name), {}, suggest(name, kPolicies));
}

Result<Table> Table::parse(std::string name, std::string_view csv, const expr::Environment& environment,
                           HitPolicy policy) {
  FOVEA_TRY(TableBody body, Reader(std::move(name), environment, policy).run(csv));
  return Table(std::make_shared<const TableBody>(std::move(body)));
}

Result<Answer> Table::decide(const expr::Scope& scope) const {
  return Run(*body_, scope).decide();
}

const std::string& Table::name() const {
  return body_->name;
}
HitPolicy Table::policy() const {
  return body_->policy;
}
size_t Table::rows() const {
  return body_->rows.size();
}
const std::vector<std::string>& Table::inputs() const {
  return body_->input_texts;
}
const expr::Type& Table::outputs() const {
  return body_->type;
}
const std::vector<Warning>& Table::warnings() const {
  return body_->warnings;
}

std::vector<std::string> Table::reads() const {
  std::set<std::string> out;
  for (const auto& each : body_->inputs) out.insert(each.inputs().begin(), each.inputs().end());
  for (const Row& row : body_->rows) {
    for (const OutputCell& cell : row.outputs) {
      if (cell.expression) out.insert(cell.expression->inputs().begin(), cell.expression->inputs().end());
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace fovea::table
