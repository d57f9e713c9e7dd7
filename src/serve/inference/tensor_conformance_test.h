// What every backend of a model of tensors must keep to, beside backend_conformance_test.h for those of texts: the
// promises, as checks. `samples`: feeds that it computes, of different values and perhaps shapes, with every input.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "serve/inference/backend.h"

namespace fovea::inference {

class TensorConformance {
 public:
  TensorConformance(const Backend& backend, std::vector<Feed> samples)
      : backend_(backend), info_(backend.model().info), samples_(std::move(samples)) {}

  void run_all() {
    ASSERT_GE(samples_.size(), 2u);
    describes_itself();
    answers_are_what_it_says();
    an_answer_depends_on_its_own_item();
    only_what_is_wanted_in_that_order();
    refuses_what_it_does_not_take();
    runs_from_many_threads();
    an_abandoned_run_ends();
    EXPECT_TRUE(run({}));  // nothing in, nothing out
  }

 private:
  Item item_of(const Feed& feed) const {
    auto item = backend_.read(Feed(feed), "inputs");
    EXPECT_TRUE(item) << item.error().text();
    return item ? std::move(*item) : Item{};
  }
  Result<std::vector<Answer>> run(const std::vector<Item>& items, std::function<bool()> abandoned = {}) const {
    tensor::Arena arena;
    std::vector<const Item*> from;
    std::vector<Answer> answers(items.size());
    std::vector<Answer*> to;
    for (const Item& item : items) from.push_back(&item);
    for (Answer& answer : answers) to.push_back(&answer);
    FOVEA_OK(backend_.run({from, to, arena, {}, std::move(abandoned)}));
    return answers;
  }
  std::vector<Tensor> tensors_of(const Feed& feed) const {
    std::vector<Item> items;
    items.push_back(item_of(feed));
    auto answers = run(items);
    EXPECT_TRUE(answers) << answers.error().text();
    return answers ? std::move(answers->front().tensors) : std::vector<Tensor>{};
  }
  void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b, const std::string& what) const {
    ASSERT_EQ(a.size(), b.size()) << what;
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].name, b[i].name) << what;
      EXPECT_EQ(a[i].shape, b[i].shape) << what;
      EXPECT_TRUE(a[i].bytes == b[i].bytes) << what << ": " << a[i].name;
    }
  }

  void describes_itself() const {
    EXPECT_FALSE(info_.name.empty());
    EXPECT_FALSE(info_.version.empty());
    EXPECT_FALSE(info_.architecture.empty());
    EXPECT_FALSE(info_.digest.empty());
    EXPECT_EQ(info_.task, Task::kTensors);
    EXPECT_EQ(backend_.model().tokenizer, nullptr);
    EXPECT_GE(backend_.steps(), 1);
    for (const auto* specs : {&info_.inputs, &info_.outputs}) {
      EXPECT_FALSE(specs->empty());
      std::set<std::string> names;
      for (const TensorSpec& each : *specs) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name << " twice";
        for (const int64_t extent : each.shape) EXPECT_GE(extent, -1) << each.name;
      }
    }
  }
  void answers_are_what_it_says() const {
    for (const Feed& sample : samples_) {
      const Item item = item_of(sample);
      EXPECT_GE(item.tokens(), 1);
      EXPECT_GE(item.bytes(), sample.tensors.front().bytes.size());
      const std::vector<Tensor> tensors = tensors_of(sample);
      ASSERT_EQ(tensors.size(), info_.outputs.size());
      for (size_t i = 0; i < tensors.size(); ++i) {
        EXPECT_EQ(tensors[i].name, info_.outputs[i].name);
        EXPECT_TRUE(check_elements(tensors[i]));
        const auto fits = check_fits(tensors[i], info_.outputs[i]);
        EXPECT_TRUE(fits) << fits.error().text();
      }
    }
  }
  void an_answer_depends_on_its_own_item() const {
    if (info_.batch_max > 0) return;  // its owner declared that rows may share a product
    std::vector<Item> items;
    for (const Feed& sample : samples_) items.push_back(item_of(sample));
    auto together = run(items);
    ASSERT_TRUE(together) << together.error().text();
    for (size_t i = 0; i < samples_.size(); ++i)
      expect_same((*together)[i].tensors, tensors_of(samples_[i]), "sample " + std::to_string(i));
  }
  void only_what_is_wanted_in_that_order() const {
    const std::vector<Tensor> all = tensors_of(samples_[0]);
    Feed turned = samples_[0];
    for (const TensorSpec& each : info_.outputs) turned.wanted.insert(turned.wanted.begin(), each.name);
    std::vector<Tensor> want = all;
    std::ranges::reverse(want);
    expect_same(tensors_of(turned), want, "turned round");
    for (const Tensor& each : all) {
      Feed one = samples_[0];
      one.wanted = {each.name};
      expect_same(tensors_of(one), {each}, "one");
    }
    Feed unknown = samples_[0];
    unknown.wanted = {"no such output"};
    expect_refused(unknown, "unknown output");
  }
  void expect_refused(const Feed& feed, const std::string& what) const {
    const auto item = backend_.read(Feed(feed), "inputs");
    ASSERT_FALSE(item) << what;
    EXPECT_EQ(item.error().code, Code::kInvalidArgument) << what;
    EXPECT_FALSE(item.error().message.empty()) << what;
  }
  void refuses_what_it_does_not_take() const {
    EXPECT_EQ(backend_.read(Text{"a text", "", false}, true, "t").error().code, Code::kUnimplemented);
    EXPECT_EQ(backend_.read(Ids{{1, 2}, {}}, "t").error().code, Code::kUnimplemented);
    Feed changed = samples_[0];
    changed.tensors.push_back(changed.tensors[0]);
    expect_refused(changed, "an input twice");
    changed.tensors.back().name = "no such input";
    expect_refused(changed, "an unknown input");
    changed = samples_[0];
    changed.tensors.pop_back();
    expect_refused(changed, "a missing input");
    for (size_t i = 0; i < samples_[0].tensors.size(); ++i) {
      const auto with = [&](auto change, const std::string& what) {
        Feed feed = samples_[0];
        change(feed.tensors[i]);
        expect_refused(feed, feed.tensors[i].name + ": " + what);
      };
      with([](Tensor& each) { each.bytes += '\0'; }, "too many bytes");
      with([](Tensor& each) { each.shape.push_back(1); }, "a dimension more");
      with([](Tensor& each) { each.shape.assign(9, 1); }, "nine dimensions");
      with([](Tensor& each) { each.shape.assign(3, INT64_MAX); }, "a shape that overflows");
      with([](Tensor& each) { each.shape.assign(1, -1); }, "a negative dimension");
      with(
          [](Tensor& each) {
            each.datatype = each.datatype == Datatype::kUint32 ? Datatype::kInt32 : Datatype::kUint32;
            each.bytes.assign(elements_of(each.shape, "x").value() * 4, '\0');
          },
          "another datatype");
    }
  }
  void runs_from_many_threads() const {
    std::vector<std::vector<Tensor>> want;
    for (const Feed& sample : samples_) want.push_back(tensors_of(sample));
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (size_t i = 0; i < 20; ++i) {
          const size_t which = (t + i) % samples_.size();
          expect_same(tensors_of(samples_[which]), want[which], "in thread " + std::to_string(t));
        }
      });
    }
    for (std::thread& each : threads) each.join();
  }
  // A run that is over before anybody asks may end well; the next one works whatever became of it.
  void an_abandoned_run_ends() const {
    std::vector<Item> items;
    items.push_back(item_of(samples_[0]));
    const auto ended = run(items, [] { return true; });
    if (!ended) {
      EXPECT_EQ(ended.error().code, Code::kCancelled);
    }
    EXPECT_FALSE(tensors_of(samples_[0]).empty());
  }

  const Backend& backend_;
  const ModelInfo& info_;
  std::vector<Feed> samples_;
};

}  // namespace fovea::inference
