#include "stream/window/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/suggest.h"
#include "stream/window/limits.h"

namespace fovea::window {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"count", "distinct", "sum", "min", "max", "avg", "last"};

bool needs_number(Aggregate aggregate) {
  return aggregate == Aggregate::kSum || aggregate == Aggregate::kMin || aggregate == Aggregate::kMax ||
         aggregate == Aggregate::kAvg;
}

// What is kept of a value: itself, or its digest where it is long (only distinct() and last() meet such).
Json bounded(const Json& value) {
  if (value.is_number() || value.is_bool() || value.is_null()) return value;
  std::string text = canonical_text(value);
  return text.size() <= kValueBytesMax ? value : Json("sha256:" + to_hex(bytes_of(sha256(text))));
}

int64_t saturating_add(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? (b > 0 ? INT64_MAX : INT64_MIN) : sum;
}

}  // namespace

Result<Aggregate> aggregate_from_name(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name);
  if (found != kNames.end()) return static_cast<Aggregate>(found - kNames.begin());
  return fail(Code::kInvalidArgument, fmt::format("no aggregate '{}'", name), "", suggest(name, kNames));
}

std::string_view aggregate_name(Aggregate aggregate) {
  return kNames[static_cast<size_t>(aggregate)];
}

Result<std::unique_ptr<Window>> Window::create(Spec spec) {
  if (spec.as.empty()) return fail(Code::kInvalidArgument, "a window needs a name", "window.as", "as: sender");
  if (spec.span <= Nanos(0)) return fail(Code::kInvalidArgument, "a window needs a span", spec.as, "span: 1h");
  if (spec.keep.empty())
    return fail(Code::kInvalidArgument, "a window keeps nothing", spec.as, "keep: { messages: count() }");
  for (size_t i = 0; i < spec.keep.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (spec.keep[i].name == spec.keep[j].name) {
        return fail(Code::kInvalidArgument, fmt::format("'{}' is kept twice", spec.keep[i].name), spec.as);
      }
    }
  }
  return std::unique_ptr<Window>(new Window(std::move(spec)));
}

Result<JsonObject> Window::add(std::string_view key, TimePoint time, std::span<const Json> values) {
  if (values.size() != spec_.keep.size()) {
    return fail(Code::kInternal, fmt::format("{} values for {} kept features", values.size(), spec_.keep.size()),
                spec_.as);
  }
  if (key.size() > kKeyBytesMax) {
    return fail(Code::kInvalidArgument,
                fmt::format("the key has {} bytes; at most {} are taken", key.size(), kKeyBytesMax), spec_.as);
  }
  Entry entry{time.ns, {}};
  for (size_t i = 0; i < values.size(); ++i) {
    if (needs_number(spec_.keep[i].aggregate) && !values[i].is_null() && !values[i].is_number()) {
      return fail(
          Code::kInvalidArgument,
          fmt::format("{}() of '{}' needs a number", aggregate_name(spec_.keep[i].aggregate), to_text(values[i])),
          spec_.as + "." + spec_.keep[i].name);
    }
    entry.values.push_back(spec_.keep[i].aggregate == Aggregate::kCount ? Json(nullptr) : bounded(values[i]));
  }
  std::string name(key);
  if (!keys_.contains(name) && keys_.size() >= kKeysMax) {
    return fail(Code::kResourceExhausted, fmt::format("the window holds {} keys, its limit", kKeysMax), spec_.as,
                "shorten its span or choose a coarser key");
  }
  State& state = keys_[name];
  auto after = std::ranges::upper_bound(state.entries, time.ns, {}, &Entry::ns);
  state.entries.insert(after, std::move(entry));
  if (state.entries.size() > kEntriesPerKeyMax) {
    state.entries.pop_front();
    state.truncated = true;
  }
  expiry_[saturating_add(time.ns, spec_.span.count())].push_back(name);
  changed_.insert(std::move(name));
  JsonObject out;
  int64_t from = saturating_add(time.ns, -spec_.span.count());
  for (size_t i = 0; i < spec_.keep.size(); ++i) out[spec_.keep[i].name] = feature(state, i, from, time.ns);
  if (state.truncated) out["truncated"] = true;
  return out;
}

// Over entries with after_ns < time <= until_ns.
Json Window::feature(const State& state, size_t index, int64_t after_ns, int64_t until_ns) const {
  auto first = std::ranges::upper_bound(state.entries, after_ns, {}, &Entry::ns);
  auto end = std::ranges::upper_bound(state.entries, until_ns, {}, &Entry::ns);
  Aggregate aggregate = spec_.keep[index].aggregate;
  if (aggregate == Aggregate::kCount) return static_cast<int64_t>(end - first);
  std::unordered_set<std::string> different;
  double sum = 0, least = 0, greatest = 0;
  int64_t whole = 0, count = 0;
  bool integers = true;
  Json last;
  for (auto at = first; at != end; ++at) {
    const Json& value = at->values[index];
    if (value.is_null()) continue;
    last = value;
    if (aggregate == Aggregate::kDistinct) different.insert(canonical_text(value));
    if (!needs_number(aggregate)) continue;
    double number = number_or(value, 0);
    integers = integers && value.is_int64() && !__builtin_add_overflow(whole, value.get_int64(), &whole);
    sum += number;
    least = count == 0 ? number : std::min(least, number);
    greatest = count == 0 ? number : std::max(greatest, number);
    ++count;
  }
  auto as_given = [&](double number) { return integers ? Json(static_cast<int64_t>(number)) : Json(number); };
  switch (aggregate) {
    case Aggregate::kDistinct:
      return static_cast<int64_t>(different.size());
    case Aggregate::kSum:
      return integers ? Json(whole) : Json(sum);
    case Aggregate::kMin:
      return count == 0 ? Json(nullptr) : as_given(least);
    case Aggregate::kMax:
      return count == 0 ? Json(nullptr) : as_given(greatest);
    case Aggregate::kAvg:
      return count == 0 ? Json(nullptr) : Json(sum / static_cast<double>(count));
    default:
      return last;
  }
}

void Window::expire(TimePoint watermark) {
  while (!expiry_.empty() && expiry_.begin()->first <= watermark.ns) {
    for (const std::string& key : expiry_.begin()->second) {
      auto found = keys_.find(key);
      if (found == keys_.end()) continue;
      auto& entries = found->second.entries;
      int64_t gone = saturating_add(watermark.ns, -spec_.span.count());
      size_t before = entries.size();
      while (!entries.empty() && entries.front().ns <= gone) entries.pop_front();
      if (entries.size() == before) continue;
      changed_.insert(key);
      if (entries.empty()) keys_.erase(found);
    }
    expiry_.erase(expiry_.begin());
  }
}

std::vector<Change> Window::take_changes() {
  std::vector<Change> changes;
  for (const std::string& key : changed_) {
    auto found = keys_.find(key);
    if (found == keys_.end()) {
      changes.push_back({key, {}});
      continue;
    }
    JsonArray entries;
    for (const Entry& entry : found->second.entries) {
      JsonArray row;
      row.emplace_back(entry.ns);
      for (const Json& value : entry.values) row.push_back(value);
      entries.push_back(std::move(row));
    }
    JsonObject out;
    out["v"] = 1;
    out["truncated"] = found->second.truncated;
    out["entries"] = std::move(entries);
    changes.push_back({key, to_text(Json(std::move(out)))});
  }
  changed_.clear();
  std::ranges::sort(changes, {}, &Change::key);
  return changes;
}

Result<void> Window::restore(std::string_view key, std::string_view bytes) {
  auto bad = [&] {
    return fail(Code::kDataLoss, "not the kept state of this window", fmt::format("{}[{}]", spec_.as, key));
  };
  auto parsed = parse_json(bytes);
  if (!parsed) return bad();
  const auto* entries = member(*parsed, "entries").if_array();
  if (entries == nullptr || member(*parsed, "v") != Json(1) || entries->size() > kEntriesPerKeyMax) return bad();
  State state;
  const bool* truncated = member(*parsed, "truncated").if_bool();
  state.truncated = truncated != nullptr && *truncated;
  for (const Json& each : *entries) {
    const auto* row = each.if_array();
    if (row == nullptr || row->size() != spec_.keep.size() + 1 || !row->front().is_int64()) return bad();
    Entry entry{row->front().get_int64(), {}};
    if (!state.entries.empty() && entry.ns < state.entries.back().ns) return bad();
    for (size_t i = 1; i < row->size(); ++i) {
      bool numeric = needs_number(spec_.keep[i - 1].aggregate);
      if (numeric && !(*row)[i].is_null() && !(*row)[i].is_number()) return bad();
      entry.values.push_back((*row)[i]);
    }
    expiry_[saturating_add(entry.ns, spec_.span.count())].emplace_back(key);
    state.entries.push_back(std::move(entry));
  }
  if (keys_.size() >= kKeysMax) return fail(Code::kResourceExhausted, "more keys than the window holds", spec_.as);
  keys_[std::string(key)] = std::move(state);
  return {};
}

}  // namespace fovea::window
