#include "serve/backends/graph/graph_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "serve/inference/limits.h"

namespace fovea::graph {
namespace {

using inference::Answer;
using inference::Item;
using inference::Tensor;
using inference::TensorSpec;

// Along the first dimension of what belongs to one item.
int64_t rows_of(const Item& item) {
  return item.feed.tensors.empty() ? 0 : item.feed.tensors.front().shape.front();
}

bool same_rows(const Item& a, const Item& b) {
  if (a.feed.wanted != b.feed.wanted || a.feed.tensors.size() != b.feed.tensors.size()) return false;
  return std::ranges::equal(a.feed.tensors, b.feed.tensors, [](const Tensor& x, const Tensor& y) {
    return x.name == y.name && x.shape.size() == y.shape.size() &&
           std::equal(x.shape.begin() + 1, x.shape.end(), y.shape.begin() + 1);
  });
}

class GraphBackend final : public inference::Backend {
 public:
  GraphBackend(std::unique_ptr<const Graph> graph, GraphFacts facts) : graph_(std::move(graph)) {
    inference::ModelInfo& info = model_.info;
    info.name = std::move(facts.name);
    info.version = std::move(facts.version);
    info.task = inference::Task::kTensors;
    info.architecture = std::move(facts.platform);
    info.precision = "mixed";
    info.digest = std::move(facts.digest);
    info.bytes = facts.bytes;
    info.inputs = graph_->inputs();
    info.outputs = graph_->outputs();
    info.batch_max = facts.batch_max;
  }

  const inference::Model& model() const override { return model_; }
  int steps() const override { return 1; }
  Result<Item> read(const inference::Text&, bool, const std::string& where) const override { return no_texts(where); }
  Result<Item> read(inference::Ids, const std::string& where) const override { return no_texts(where); }

  Result<Item> read(inference::Feed feed, const std::string&) const override {
    const inference::ModelInfo& info = model_.info;
    FOVEA_OK(inference::check_feed(feed.tensors, info.inputs, info.name));
    size_t bytes = 0;
    for (const Tensor& each : feed.tensors) bytes += each.bytes.size();
    if (bytes > inference::kFeedBytesMax)
      return fail(Code::kInvalidArgument, fmt::format("the tensors have {} bytes", bytes), "inputs",
                  fmt::format("at most {}", inference::kFeedBytesMax));
    FOVEA_OK(outputs_of(feed.wanted));
    Item item;
    item.feed = std::move(feed);
    if (info.batch_max > 0) FOVEA_OK(check_rows(item));
    return item;
  }

  Result<void> run(const Run& run) const override {
    if (model_.info.batch_max == 0) {
      for (size_t i = 0; i < run.items.size(); ++i) FOVEA_OK(run_one(*run.items[i], *run.answers[i], run.abandoned));
      return {};
    }
    std::vector<bool> done(run.items.size(), false);
    for (size_t first = 0; first < run.items.size(); ++first) {
      if (done[first]) continue;
      std::vector<size_t> batch;
      int64_t rows = 0;
      for (size_t i = first; i < run.items.size(); ++i) {
        if (done[i] || rows + rows_of(*run.items[i]) > model_.info.batch_max) continue;
        if (!same_rows(*run.items[first], *run.items[i])) continue;
        rows += rows_of(*run.items[i]);
        batch.push_back(i);
        done[i] = true;
      }
      FOVEA_OK(batch.size() == 1 ? run_one(*run.items[first], *run.answers[first], run.abandoned)
                                 : run_batch(run, batch, rows));
    }
    return {};
  }

 private:
  static std::unexpected<Error> no_texts(const std::string& where) {
    return fail(Code::kUnimplemented, "the model takes tensors, not texts", where, "ask it through /v2/models");
  }

  // Indices; empty: all.
  Result<std::vector<size_t>> outputs_of(const std::vector<std::string>& wanted) const {
    const std::vector<TensorSpec>& known = model_.info.outputs;
    std::vector<size_t> out;
    for (const std::string& each : wanted) {
      const auto found = std::ranges::find(known, each, &TensorSpec::name);
      if (found == known.end())
        return fail(Code::kInvalidArgument,
                    fmt::format("unexpected inference output '{}' for model '{}'", each, model_.info.name), "outputs");
      out.push_back(static_cast<size_t>(found - known.begin()));
    }
    if (wanted.empty()) {
      out.resize(known.size());
      std::iota(out.begin(), out.end(), size_t{0});
    }
    return out;
  }

  Result<void> check_rows(const Item& item) const {
    const int64_t rows = rows_of(item);
    for (const Tensor& each : item.feed.tensors)
      if (each.shape.front() != rows)
        return fail(Code::kInvalidArgument,
                    fmt::format("has {} rows, '{}' has {}", each.shape.front(), item.feed.tensors.front().name, rows),
                    each.name);
    if (rows >= 1 && rows <= model_.info.batch_max) return {};
    return fail(Code::kInvalidArgument,
                fmt::format("{} rows; model '{}' takes 1 to {}", rows, model_.info.name, model_.info.batch_max),
                item.feed.tensors.front().name, "max_batch_size in config.pbtxt says how many");
  }

  Result<void> run_one(const Item& item, Answer& answer, const Abandoned& abandoned) const {
    FOVEA_TRY(const std::vector<size_t> wanted, outputs_of(item.feed.wanted));
    FOVEA_TRY(answer.tensors, graph_->run(item.feed.tensors, wanted, abandoned));
    return {};
  }

  Result<void> run_batch(const Run& run, const std::vector<size_t>& batch, int64_t rows) const {
    const Item& first = *run.items[batch.front()];
    std::vector<Tensor> together;
    for (size_t t = 0; t < first.feed.tensors.size(); ++t) {
      Tensor tensor = first.feed.tensors[t];
      tensor.shape.front() = rows;
      for (size_t i = 1; i < batch.size(); ++i) tensor.bytes += run.items[batch[i]]->feed.tensors[t].bytes;
      together.push_back(std::move(tensor));
    }
    FOVEA_TRY(const std::vector<size_t> wanted, outputs_of(first.feed.wanted));
    FOVEA_TRY(const std::vector<Tensor> outputs, graph_->run(together, wanted, run.abandoned));
    for (const Tensor& each : outputs) {
      if (each.shape.empty() || each.shape.front() != rows)
        return fail(Code::kInternal, fmt::format("{} rows gave the shape {}", rows, inference::shape_text(each.shape)),
                    each.name, "the graph has no batch dimension: set max_batch_size to 0");
      FOVEA_OK(cut(each, run, batch));
    }
    return {};
  }

  static Result<void> cut(const Tensor& whole, const Run& run, const std::vector<size_t>& batch) {
    FOVEA_OK(inference::check_elements(whole));
    const bool texts = whole.datatype == inference::Datatype::kBytes;
    const auto all = static_cast<size_t>(whole.shape.front());
    size_t at = 0;
    for (const size_t i : batch) {
      Tensor own{whole.name, whole.datatype, whole.shape, {}};
      own.shape.front() = rows_of(*run.items[i]);
      FOVEA_TRY(const size_t elements, inference::elements_of(own.shape, own.name));
      size_t end = at;
      if (texts) {
        for (size_t e = 0; e < elements; ++e) inference::next_element(whole.bytes, end);
      } else {
        end += whole.bytes.size() / all * static_cast<size_t>(own.shape.front());
      }
      own.bytes = whole.bytes.substr(at, end - at);
      at = end;
      run.answers[i]->tensors.push_back(std::move(own));
    }
    return {};
  }

  std::unique_ptr<const Graph> graph_;
  inference::Model model_;
};

}  // namespace

Result<std::unique_ptr<inference::Backend>> make_graph_backend(std::unique_ptr<const Graph> graph, GraphFacts facts) {
  if (facts.batch_max > 0) {
    for (const auto* specs : {&graph->inputs(), &graph->outputs()}) {
      for (const TensorSpec& each : *specs)
        if (each.shape.empty() || each.shape.front() >= 0)
          return fail(Code::kInvalidArgument,
                      fmt::format("max_batch_size is {}, but '{}' has the shape {}", facts.batch_max, each.name,
                                  inference::shape_text(each.shape)),
                      "config.pbtxt", "0, or a graph whose first dimensions are free");
    }
  }
  return std::make_unique<GraphBackend>(std::move(graph), std::move(facts));
}

}  // namespace fovea::graph
