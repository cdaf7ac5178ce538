// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hiss {

// What a value of a pickle is. Lists and tuples are sequences; an OrderedDict is a dict.
enum class PickleKind {
  kNone,
  kBool,
  kInteger,
  kReal,
  kText,
  kSequence,
  kDict,
  kGlobal,
  kStorage,
  kTensor
};

// A value of a pickle. Of the kinds from kText on `integer` is a number that Pickle knows, so that
// a container that holds itself does no harm.
struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::int64_t integer = 0;  // of kBool 0 or 1
  double real = 0.0;
};

// The data that a tensor is a view of: `count` values of `type` ("FloatStorage") in the file `key`.
struct PickleStorage {
  std::string type;
  std::string key;
  std::int64_t count = 0;
};

// As torch._utils._rebuild_tensor_v2 gets it, unchecked.
struct PickleTensor {
  std::size_t storage = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

// The object that a pickle of PyTorch describes, without a call of anything: a machine that knows
// the instructions for plain values and containers, and of all globals collections.OrderedDict,
// torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter and the classes of storages. The
// first instruction or global beside these is named and refused, as is a pickle over 4 MiB, one
// of more than 2^20 values, a text that is not there, a stack that runs out. Immutable once read.
class Pickle {
 public:
  using Sequence = std::vector<PickleValue>;
  using Dict = std::vector<std::pair<PickleValue, PickleValue>>;

  // `origin` stands for the path in errors. Throws ModelError. [main-thread]
  [[nodiscard]] static Pickle parse(std::span<const std::byte> bytes, const std::string& origin);

  [[nodiscard]] const PickleValue& root() const { return root_; }
  // What a value of the kind in the name stands for.
  [[nodiscard]] const std::string& text(const PickleValue& value) const {
    return texts_[static_cast<std::size_t>(value.integer)];
  }
  [[nodiscard]] const Sequence& sequence(const PickleValue& value) const {
    return sequences_[static_cast<std::size_t>(value.integer)];
  }
  [[nodiscard]] const Dict& dict(const PickleValue& value) const {
    return dicts_[static_cast<std::size_t>(value.integer)];
  }
  [[nodiscard]] const PickleTensor& tensor(const PickleValue& value) const {
    return tensors_[static_cast<std::size_t>(value.integer)];
  }
  [[nodiscard]] const PickleStorage& storage(const PickleTensor& tensor) const {
    return storages_[tensor.storage];
  }

 private:
  friend class PickleMachine;
  Pickle() = default;

  PickleValue root_;
  std::vector<std::string> texts_;  // of globals as well: "module.name"
  std::vector<Sequence> sequences_;
  std::vector<Dict> dicts_;
  std::vector<PickleStorage> storages_;
  std::vector<PickleTensor> tensors_;
};

}  // namespace hiss
