#include "engine/train/torch/fit.h"

#include <chrono>
#include <cstring>
#include <numeric>

#include "base/files.h"
#include "base/random.h"
#include "engine/train/calibrate.h"
#include "engine/train/torch/encoder.h"
#include "engine/train/torch/feature_table.h"
#include "engine/train/torch/weights_file.h"
#include "engine/weights/safetensors.h"

namespace fovea::train_torch {
namespace {

using torch::Tensor;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Judged {
  double loss = 0, accuracy = 0;  // the log-loss after a temperature of its own, as calibration will leave it
  std::vector<float> logits;      // [held-out rows, labels]
};

class Fit {
 public:
  Fit(const Job& job, const Rows& rows, const std::atomic<bool>& cancelled, const Tell& tell)
      : job_(job), rows_(rows), cancelled_(cancelled), tell_(tell) {
    for (uint32_t i = 0; i < rows.rows.size(); ++i) (rows.rows[i].held_out ? held_ : learn_).push_back(i);
  }

  Result<void> run() {
    torch::manual_seed(job_.seed);
    encoder_ = std::make_unique<Encoder>(job_);
    table_ = std::make_unique<FeatureTable>(job_.features, job_.hidden);
    FOVEA_OK(start_weights());
    if (learn_.empty()) return fail(Code::kInvalidArgument, "no rows to learn from", job_.folder);
    steps_per_epoch_ = (learn_.size() + job_.batch_rows - 1) / job_.batch_rows;
    size_t all = rows_.rows.size();
    size_t steps_top = job_.top_up_epochs * ((all + job_.batch_rows - 1) / job_.batch_rows);
    steps_all_ = steps_per_epoch_ * job_.epochs + steps_top;
    FOVEA_OK(resume());
    FOVEA_OK(epochs());
    restore(best_);
    if (!held_.empty()) FOVEA_OK(write_logits());
    if (job_.top_up_epochs > 0 && !held_.empty()) FOVEA_OK(top_up());
    FOVEA_OK(write_model());
    RealFiles files;
    if (files.size(state_path())) FOVEA_OK(files.remove(state_path()));
    return {};
  }

 private:
  Result<void> start_weights();
  Result<void> epochs();
  Result<void> train(std::vector<uint32_t> order, uint64_t seed, double peak, size_t first_step, size_t steps);
  void make_batch(std::span<const uint32_t> picked, bool training, Random& random);
  float step(std::span<const uint32_t> picked, double rate, Random& random);
  void clip_and_update(const Tensor& summed, double rate);
  Judged judge();
  Result<void> top_up();
  Result<void> write_logits();
  Result<void> write_model();
  Result<void> save(int64_t epoch);
  Result<void> resume();
  std::vector<std::vector<float>*> state();  // everything that a checkpoint holds, values copied in and out
  std::string state_path() const { return job_.folder + "/state.bin"; }
  std::vector<std::vector<float>> snapshot();
  void restore(const std::vector<std::vector<float>>& values);
  static void parallel(int64_t count, const std::function<void(int64_t, int64_t)>& each) {
    at::parallel_for(0, count, 64, each);
  }

  const Job& job_;
  const Rows& rows_;
  const std::atomic<bool>& cancelled_;
  const Tell& tell_;
  std::vector<uint32_t> learn_, held_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<FeatureTable> table_;
  TokenFeatures batch_;
  std::vector<int64_t> offsets_, targets_;
  std::vector<std::vector<float>> best_;
  Judged best_judged_;
  int64_t best_epoch_ = -1, first_epoch_ = 0, adam_steps_ = 0;
  size_t steps_per_epoch_ = 0, steps_all_ = 0, steps_done_ = 0;
};

Result<void> Fit::start_weights() {
  if (job_.base.empty()) {
    Random random(job_.seed ^ 0x5441424C45u);
    for (float& v : table_->values()) v = static_cast<float>((random.uniform() - 0.5) * 0.2);
    return {};
  }
  FOVEA_TRY(auto file, weights::SafeTensors::open(job_.base));
  std::string prefix = file.has("bert.embeddings.word_embeddings.weight") ? "bert." : "";
  FOVEA_TRY(auto words, file.load(prefix + "embeddings.word_embeddings.weight", {job_.features, job_.hidden}));
  std::copy(words.values().begin(), words.values().end(), table_->values().begin());
  for (Parameter& p : encoder_->parameters()) {
    float* out = p.value.data_ptr<float>();
    if (size_t at = p.name.find(".qkv."); at != std::string::npos) {
      std::string before = prefix + p.name.substr(0, at) + ".", after = p.name.substr(at + 4);
      for (const char* part : {"query", "key", "value"}) {
        FOVEA_TRY(auto values, file.load(before + part + after));
        std::copy(values.values().begin(), values.values().end(), out);
        out += values.count();
      }
      continue;
    }
    if (!file.has(prefix + p.name)) continue;  // the head, and a pooler that the base does without
    FOVEA_TRY(auto values, file.load(prefix + p.name));
    if (values.count() != p.value.numel()) continue;
    std::copy(values.values().begin(), values.values().end(), out);
  }
  return {};
}

void Fit::make_batch(std::span<const uint32_t> picked, bool training, Random& random) {
  batch_.clear();
  offsets_.assign(1, 0);
  targets_.clear();
  double drop = training ? job_.feature_dropout : 0.0;
  for (uint32_t index : picked) {
    const Row& row = rows_.rows[index];
    for (uint32_t t = row.first_token; t < row.first_token + row.tokens; ++t) {
      for (uint32_t f = rows_.begins[t]; f < rows_.begins[t + 1]; ++f) {
        if (drop > 0 && random.uniform() < drop) continue;
        batch_.features.push_back(rows_.features[f]);
      }
      batch_.begins.push_back(static_cast<uint32_t>(batch_.features.size()));
    }
    offsets_.push_back(offsets_.back() + row.tokens);
    targets_.push_back(row.label);
  }
}

void Fit::clip_and_update(const Tensor& summed, double rate) {
  double square = square_sum(summed.grad().data_ptr<float>(), summed.grad().numel());
  for (Parameter& p : encoder_->parameters()) {
    if (p.value.grad().defined()) square += square_sum(p.value.grad().data_ptr<float>(), p.value.grad().numel());
  }
  double norm = std::sqrt(square);
  ++adam_steps_;
  AdamStep base;
  base.gradient_scale = static_cast<float>(norm > 1.0 ? 1.0 / norm : 1.0);
  base.correction1 = static_cast<float>(1.0 - std::pow(kBeta1, adam_steps_));
  base.correction2 = static_cast<float>(1.0 - std::pow(kBeta2, adam_steps_));
  for (Parameter& p : encoder_->parameters()) {
    if (!p.value.grad().defined()) continue;
    AdamStep step = base;
    step.rate = static_cast<float>(rate) * p.rate_factor;
    step.decay = p.decays ? static_cast<float>(job_.weight_decay) : 0.0f;
    Tensor gradient = p.value.grad().contiguous();
    const float* g = gradient.data_ptr<float>();
    float* value = p.value.data_ptr<float>();
    at::parallel_for(0, p.value.numel(), 1 << 14, [&](int64_t begin, int64_t end) {
      adam_update(step, g + begin, value + begin, p.mean.data() + begin, p.square.data() + begin, end - begin);
    });
    p.value.mutable_grad().reset();
  }
  base.rate = static_cast<float>(rate * job_.table_factor);
  base.decay = static_cast<float>(job_.weight_decay);
  table_->update(batch_, summed.grad().data_ptr<float>(), base, parallel);
}

float Fit::step(std::span<const uint32_t> picked, double rate, Random& random) {
  make_batch(picked, true, random);
  Tensor summed = torch::empty({offsets_.back(), job_.hidden});
  table_->gather(batch_, summed.data_ptr<float>(), parallel);
  summed.set_requires_grad(true);
  Tensor logits = encoder_->forward(summed, offsets_, {true, random.next()});
  auto how = torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(job_.label_smoothing);
  Tensor loss = torch::nn::functional::cross_entropy(logits, torch::tensor(targets_, torch::kInt64), how);
  loss.backward();
  clip_and_update(summed, rate);
  return loss.item<float>();
}

// Steps first_step .. of `steps`: the rate warms up, then falls to zero at the last one.
Result<void> Fit::train(std::vector<uint32_t> order, uint64_t seed, double peak, size_t first_step, size_t steps) {
  Random random(seed);
  torch::manual_seed(static_cast<uint64_t>(seed));
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  double warm = std::max(1.0, job_.warm_up * static_cast<double>(steps)), told = seconds_now(), mean = 0;
  size_t batches = 0;
  for (size_t at = 0; at < order.size(); at += job_.batch_rows, ++batches) {
    if (cancelled_) return fail(Code::kCancelled, "training was cancelled");
    double done = static_cast<double>(first_step + batches), all = static_cast<double>(steps);
    double rate = peak * std::min((done + 1) / warm, std::max(0.0, (all - done) / std::max(1.0, all - warm)));
    size_t count = std::min<size_t>(job_.batch_rows, order.size() - at);
    float loss = step(std::span(order).subspan(at, count), rate, random);
    if (!std::isfinite(loss)) return fail(Code::kInternal, "the loss is not finite", "", "try a smaller rate");
    mean = batches == 0 ? loss : 0.95 * mean + 0.05 * loss;
    ++steps_done_;
    if (double now = seconds_now(); now - told > 0.5) {
      told = now;
      tell_({{"event", "progress"},
             {"fraction", static_cast<double>(steps_done_) / static_cast<double>(steps_all_)},
             {"loss", mean}});
    }
  }
  return {};
}

Judged Fit::judge() {
  torch::NoGradGuard guard;
  Judged judged;
  Random random(0);
  size_t right = 0;
  for (size_t at = 0; at < held_.size(); at += 64) {
    auto picked = std::span(held_).subspan(at, std::min<size_t>(64, held_.size() - at));
    make_batch(picked, false, random);
    Tensor summed = torch::empty({offsets_.back(), job_.hidden});
    table_->gather(batch_, summed.data_ptr<float>(), parallel);
    Tensor logits = encoder_->forward(summed, offsets_, {}).contiguous();
    Tensor target = torch::tensor(targets_, torch::kInt64);
    right += logits.argmax(1).eq(target).sum().item<int64_t>();
    const float* values = logits.data_ptr<float>();
    judged.logits.insert(judged.logits.end(), values, values + logits.numel());
  }
  if (held_.empty()) return judged;
  judged.accuracy = static_cast<double>(right) / static_cast<double>(held_.size());
  std::vector<uint32_t> truth;
  for (uint32_t index : held_) truth.push_back(rows_.rows[index].label);
  judged.loss = train::calibrated_log_loss(judged.logits, truth, static_cast<size_t>(job_.labels));
  return judged;
}

Result<void> Fit::epochs() {
  double began = seconds_now();
  for (int64_t epoch = first_epoch_; epoch < job_.epochs; ++epoch) {
    double start = seconds_now();
    FOVEA_OK(train(learn_, job_.seed * 1'000'003 + epoch, job_.rate, epoch * steps_per_epoch_,
                   job_.epochs * steps_per_epoch_));
    double trained = seconds_now();
    Judged judged = judge();
    tell_({{"event", "epoch"},
           {"epoch", epoch + 1},
           {"of", job_.epochs},
           {"held_out_loss", judged.loss},
           {"held_out_accuracy", judged.accuracy},
           {"seconds", trained - start}});
    // The last of equals: its rate was lower.
    if (best_epoch_ < 0 || judged.loss <= best_judged_.loss) {
      best_epoch_ = epoch;
      best_judged_ = std::move(judged);
      best_ = snapshot();
    } else if (job_.patience > 0 && epoch - best_epoch_ >= job_.patience) {
      tell_({{"event", "early_stop"}, {"epoch", epoch + 1}, {"best_epoch", best_epoch_ + 1}});
      break;
    }
    double spent = seconds_now() - began;
    double each = spent / static_cast<double>(epoch + 1 - first_epoch_);
    if (job_.seconds_max > 0 && epoch + 1 < job_.epochs && spent + each > job_.seconds_max) {
      tell_({{"event", "time_up"}, {"epoch", epoch + 1}});
      break;
    }
    FOVEA_OK(save(epoch + 1));
  }
  return {};
}

// The held-out rows have done their work: learn from them too, gently, so that their figures still hold.
Result<void> Fit::top_up() {
  std::vector<uint32_t> all(rows_.rows.size());
  std::iota(all.begin(), all.end(), 0u);
  size_t each = (all.size() + job_.batch_rows - 1) / job_.batch_rows;
  steps_done_ = steps_per_epoch_ * job_.epochs;
  for (int64_t epoch = 0; epoch < job_.top_up_epochs; ++epoch) {
    FOVEA_OK(
        train(all, job_.seed * 1'000'003 + 500'000 + epoch, job_.rate * 0.3, epoch * each, job_.top_up_epochs * each));
  }
  return {};
}

Result<void> Fit::write_logits() {
  std::string bytes(reinterpret_cast<const char*>(best_judged_.logits.data()), best_judged_.logits.size() * 4);
  tell_({{"event", "held_out"}, {"best_epoch", best_epoch_ + 1}, {"accuracy", best_judged_.accuracy}});
  return RealFiles().write_atomic(job_.folder + "/held_out.bin", bytes);
}

Result<void> Fit::write_model() {
  bool bert = job_.pool != Pool::kMeanMax;
  auto full = [&](const std::string& name) { return bert && !name.starts_with("classifier") ? "bert." + name : name; };
  std::vector<NamedValues> out;
  out.push_back({full(bert ? "embeddings.word_embeddings.weight" : "embeddings.feature_embeddings.weight"),
                 {job_.features, job_.hidden},
                 table_->values()});
  for (Parameter& p : encoder_->parameters()) {
    std::span<const float> values(p.value.data_ptr<float>(), static_cast<size_t>(p.value.numel()));
    std::vector<int64_t> shape = p.value.sizes().vec();
    if (size_t at = p.name.find(".qkv."); at != std::string::npos) {
      shape[0] /= 3;
      size_t third = values.size() / 3;
      for (size_t i = 0; i < 3; ++i) {
        const char* part = i == 0 ? ".query" : i == 1 ? ".key" : ".value";
        out.push_back(
            {full(p.name.substr(0, at) + part + p.name.substr(at + 4)), shape, values.subspan(i * third, third)});
      }
    } else {
      out.push_back({full(p.name), shape, values});
    }
  }
  return write_safetensors(job_.folder + "/model.safetensors", std::move(out));
}

std::vector<std::vector<float>> Fit::snapshot() {
  std::vector<std::vector<float>> out{table_->values()};
  for (Parameter& p : encoder_->parameters()) {
    const float* v = p.value.data_ptr<float>();
    out.emplace_back(v, v + p.value.numel());
  }
  return out;
}

void Fit::restore(const std::vector<std::vector<float>>& values) {
  if (values.empty()) return;
  table_->values() = values[0];
  size_t at = 1;
  for (Parameter& p : encoder_->parameters()) {
    std::copy(values[at].begin(), values[at].end(), p.value.data_ptr<float>());
    ++at;
  }
}

std::vector<std::vector<float>*> Fit::state() {
  std::vector<std::vector<float>*> out{&table_->means(), &table_->squares(), &best_judged_.logits};
  for (Parameter& p : encoder_->parameters()) {
    out.push_back(&p.mean);
    out.push_back(&p.square);
  }
  for (auto& each : best_) out.push_back(&each);
  return out;
}

// state.bin: the job's digest (64 hex digits), then 8-byte counts and fp32 arrays.
Result<void> Fit::save(int64_t epoch) {
  std::string bytes = job_.digest;
  auto number = [&](double value) { bytes.append(reinterpret_cast<const char*>(&value), 8); };
  for (double v : {static_cast<double>(epoch), static_cast<double>(best_epoch_), static_cast<double>(adam_steps_),
                   best_judged_.loss, best_judged_.accuracy}) {
    number(v);
  }
  auto array = [&](const std::vector<float>& values) {
    number(static_cast<double>(values.size()));
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * 4);
  };
  for (const auto* values : state()) array(*values);
  for (const auto& values : snapshot()) array(values);
  return RealFiles().write_atomic(state_path(), bytes);
}

Result<void> Fit::resume() {
  Result<std::string> bytes = read_file(state_path());
  if (!bytes || bytes->size() < 104 || bytes->substr(0, 64) != job_.digest) return {};
  std::string_view rest = std::string_view(*bytes).substr(64);
  auto number = [&] {
    double value = 0;
    if (rest.size() >= 8) std::memcpy(&value, rest.data(), 8), rest.remove_prefix(8);
    return value;
  };
  first_epoch_ = static_cast<int64_t>(number());
  best_epoch_ = static_cast<int64_t>(number());
  adam_steps_ = static_cast<int64_t>(number());
  best_judged_.loss = number();
  best_judged_.accuracy = number();
  best_ = snapshot();
  best_judged_.logits.resize(held_.size() * job_.labels);
  auto array = [&](std::vector<float>& values) -> bool {
    size_t count = static_cast<size_t>(number());
    if (count != values.size() || rest.size() < count * 4) return false;
    std::memcpy(values.data(), rest.data(), count * 4);
    rest.remove_prefix(count * 4);
    return true;
  };
  auto values = snapshot();
  bool whole = true;
  for (auto* each : state()) whole = whole && array(*each);
  for (auto& each : values) whole = whole && array(each);
  if (!whole) return fail(Code::kDataLoss, "a damaged checkpoint", state_path(), "remove it to start afresh");
  restore(values);
  steps_done_ = steps_per_epoch_ * first_epoch_;
  tell_({{"event", "resumed"}, {"epoch", first_epoch_}});
  return {};
}

}  // namespace

Result<void> fit(const Job& job, const Rows& rows, const std::atomic<bool>& cancelled, const Tell& tell) {
  at::set_num_threads(job.threads > 0 ? static_cast<int>(job.threads) : at::get_num_threads());
  return Fit(job, rows, cancelled, tell).run();
}

}  // namespace fovea::train_torch
