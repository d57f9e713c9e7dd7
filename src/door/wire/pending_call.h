// A call of whichever door while the server has it: who asks, by when it must end, the work that it waits for, and that
// its client may go. A door adds what it was asked and how it answers. Made by std::make_shared only.
// Borrows `inference` and `clock`. Threads: cancel() from any; the others from the one that handles the call, until
// submit(), order() or what read() is given.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "door/access/callers_models.h"
#include "door/wire/side_thread.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

class PendingCall : public std::enable_shared_from_this<PendingCall> {
 public:
  const access::Caller caller;
  const Nanos began;
  Nanos deadline{0};   // of the steady clock; 0: the server's default
  std::string region;  // that its data may not leave; empty: not said
  std::string key;     // what belongs together (inference::Call::key)

  inference::Inference& inference() const { return models_; }  // those that the caller may use

  // The sooner of this and the deadline that stands; 0: nothing.
  void finish_within(Nanos timeout);
  void order(std::function<void()> work);               // in the thread of the loads; refused where too many wait
  void read(size_t bytes, std::function<void()> work);  // in a thread of the side where it is large, else now
  void cancel();                                        // the client went: its work ends

 protected:
  PendingCall(inference::Inference& inference, const Clock& clock, std::weak_ptr<SideThreads> side,
              access::Caller caller);
  virtual ~PendingCall() = default;

  // From any thread, once for each submit() or order() that comes to nothing.
  virtual void refuse_failed(inference::Failure failure) = 0;

  // Writes a model's reply and sends it. From any thread, once at most; not where the client went before.
  using Write = std::function<Result<void>(const inference::Reply&)>;

  // Has the model answer and hands that to `write`, whose error is refused; in a thread of the side where it is large.
  // The call's deadline, region and key are set here; its tenant, and what it costs its caller, by inference().
  void submit_work(inference::Call call, Write write);

 private:
  void answer(const Write& write, inference::Reply reply);
  void send(const Write& write, const inference::Reply& reply);
  void unless_gone(const std::function<void()>& work);
  void keep(std::unique_ptr<inference::Ticket> ticket);

  mutable access::CallersModels models_;
  const std::weak_ptr<SideThreads> side_;
  mutable std::mutex mutex_;
  std::unique_ptr<inference::Ticket> ticket_;
  bool done_ = false, cancelled_ = false;
};

}  // namespace fovea::wire
