// SPDX-License-Identifier: Apache-2.0
#include "models/import/pickle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "models/little_endian.h"
#include "models/model_error.h"

namespace hiss {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{4} << 20U;
constexpr std::size_t kMaxValues = std::size_t{1} << 20U;

// Instructions by the names of Python's pickletools.
enum class Op : unsigned char {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kEmptyDict = '}',
  kBinFloat = 'G',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kShortBinUnicode = 0x8c,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";
constexpr std::array<std::string_view, 10> kStorages = {
    "torch.FloatStorage", "torch.HalfStorage", "torch.BFloat16Storage", "torch.DoubleStorage",
    "torch.LongStorage",  "torch.IntStorage",  "torch.ShortStorage",    "torch.CharStorage",
    "torch.ByteStorage",  "torch.BoolStorage"};

bool isStorageClass(std::string_view global) {
  return std::find(kStorages.begin(), kStorages.end(), global) != kStorages.end();
}

}  // namespace

// Runs the instructions of one pickle.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> bytes, const std::string& origin)
      : bytes_(bytes), origin_(origin) {}

  Pickle run() {
    if (bytes_.size() > kMaxBytes) {
      refuse("at most " + std::to_string(kMaxBytes) + " bytes", std::to_string(bytes_.size()));
    }
    for (;;) {
      at_ = next_;
      const auto op = static_cast<Op>(std::to_integer<unsigned char>(take(1)[0]));
      if (op == Op::kStop) break;
      step(op);
      if (std::max({stack_.size(), marks_.size(), memo_.size()}) > kMaxValues) {
        refuse("at most 2^20 values at a time", "more");
      }
    }
    pickle_.root_ = pop();
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void refuse(std::string expected, std::string found) const {
    throw ModelError(origin_, "data.pkl byte " + std::to_string(at_), std::move(expected),
                     std::move(found));
  }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size() - next_) refuse(std::to_string(count) + " more bytes", "the end");
    const auto taken = bytes_.subspan(next_, static_cast<std::size_t>(count));
    next_ += static_cast<std::size_t>(count);
    return taken;
  }
  std::uint64_t number(std::size_t bytes) { return readLittleEndian(take(bytes).data(), bytes); }
  std::string text(std::uint64_t count) {
    const auto taken = take(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  char character() { return static_cast<char>(take(1)[0]); }
  std::string line() {
    std::string words;
    for (char c = character(); c != '\n'; c = character()) words += c;
    return words;
  }

  void push(PickleValue value) { stack_.push_back(value); }
  void pushInteger(std::int64_t value) { push({PickleKind::kInteger, value, 0.0}); }
  template <class Node>
  void pushNode(PickleKind kind, std::vector<Node>& nodes, Node node) {
    if (++values_ > kMaxValues) refuse("at most 2^20 values", "more");
    nodes.push_back(std::move(node));
    push({kind, static_cast<std::int64_t>(nodes.size() - 1), 0.0});
  }

  // Values above the newest mark stay where they are.
  PickleValue pop() {
    if (stack_.size() <= floor()) refuse("a value on the stack", "none");
    const PickleValue value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue& top() {
    if (stack_.size() <= floor()) refuse("a value on the stack", "none");
    return stack_.back();
  }
  [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  Pickle::Sequence popToMark() {
    if (marks_.empty()) refuse("a mark on the stack", "none");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    Pickle::Sequence values(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return values;
  }
  Pickle::Sequence popCount(std::size_t count) {
    Pickle::Sequence values(count);
    for (std::size_t i = count; i-- > 0;) values[i] = pop();
    return values;
  }
  void require(bool good, const char* expected) const {
    if (!good) refuse(expected, "another value");
  }

  void step(Op op) {
    switch (op) {
      case Op::kProto:
        if (const std::uint64_t protocol = number(1); protocol < 2 || protocol > 5) {
          refuse("protocol 2 to 5", std::to_string(protocol));
        }
        return;
      case Op::kFrame:
        number(8);
        return;
      case Op::kMark:
        marks_.push_back(stack_.size());
        return;
      case Op::kPop:
        pop();
        return;
      case Op::kPopMark:
        popToMark();
        return;
      case Op::kNone:
        return push({});
      case Op::kNewTrue:
      case Op::kNewFalse:
        return push({PickleKind::kBool, op == Op::kNewTrue ? 1 : 0, 0.0});
      case Op::kBinInt:
        return pushInteger(static_cast<std::int32_t>(number(4)));
      case Op::kBinInt1:
        return pushInteger(static_cast<std::int64_t>(number(1)));
      case Op::kBinInt2:
        return pushInteger(static_cast<std::int64_t>(number(2)));
      case Op::kLong1:
        return pushLong(number(1));
      case Op::kBinFloat:
        return pushReal();
      case Op::kBinUnicode:
        return pushNode(PickleKind::kText, pickle_.texts_, text(number(4)));
      case Op::kShortBinUnicode:
        return pushNode(PickleKind::kText, pickle_.texts_, text(number(1)));
      case Op::kGlobal: {
        const std::string module = line();
        return pushGlobal(module + "." + line());
      }
      case Op::kStackGlobal:
        return pushStackGlobal();
      default:
        return stepContainer(op);
    }
  }

  void stepContainer(Op op) {
    switch (op) {
      case Op::kEmptyList:
      case Op::kEmptyTuple:
        return pushNode(PickleKind::kSequence, pickle_.sequences_, {});
      case Op::kEmptyDict:
        return pushNode(PickleKind::kDict, pickle_.dicts_, {});
      case Op::kTuple:
        return pushNode(PickleKind::kSequence, pickle_.sequences_, popToMark());
      case Op::kTuple1:
        return pushNode(PickleKind::kSequence, pickle_.sequences_, popCount(1));
      case Op::kTuple2:
        return pushNode(PickleKind::kSequence, pickle_.sequences_, popCount(2));
      case Op::kTuple3:
        return pushNode(PickleKind::kSequence, pickle_.sequences_, popCount(3));
      case Op::kAppend:
        return append(popCount(1));
      case Op::kAppends:
        return append(popToMark());
      case Op::kSetItem:
        return setItems(popCount(2));
      case Op::kSetItems:
        return setItems(popToMark());
      case Op::kBinPut:
        memo_[number(1)] = top();
        return;
      case Op::kLongBinPut:
        memo_[number(4)] = top();
        return;
      case Op::kMemoize:
        memo_.insert_or_assign(memo_.size(), top());
        return;
      case Op::kBinGet:
        return recall(number(1));
      case Op::kLongBinGet:
        return recall(number(4));
      case Op::kBinPersId:
        return pushStorage();
      case Op::kReduce:
        return reduce();
      case Op::kBuild:
        // The attributes of an OrderedDict, such as the version of a module: not needed.
        pop();
        return require(top().kind == PickleKind::kDict, "an OrderedDict that is given attributes");
      default:
        refuse("only instructions that build tensors and plain values",
               "instruction " + quotedText(std::string(1, static_cast<char>(op))));
    }
  }

  void pushLong(std::uint64_t bytes) {
    if (bytes > 8) refuse("a whole number of at most 8 bytes", std::to_string(bytes) + " bytes");
    std::uint64_t bits = number(static_cast<std::size_t>(bytes));
    if (bytes > 0 && bytes < 8 && (bits >> (8 * bytes - 1)) != 0) bits |= ~0ULL << (8 * bytes);
    pushInteger(static_cast<std::int64_t>(bits));
  }

  void pushReal() {
    std::uint64_t bits = 0;  // most significant byte first
    for (const std::byte byte : take(8)) bits = bits << 8U | std::to_integer<std::uint64_t>(byte);
    push({PickleKind::kReal, 0, std::bit_cast<double>(bits)});
  }

  void pushGlobal(std::string name) {
    if (name != kOrderedDict && name != kRebuildTensor && name != kRebuildParameter &&
        !isStorageClass(name)) {
      refuse("only the globals of tensors", "global " + quotedText(name));
    }
    pushNode(PickleKind::kGlobal, pickle_.texts_, std::move(name));
  }

  void pushStackGlobal() {
    const Pickle::Sequence parts = popCount(2);
    require(parts[0].kind == PickleKind::kText && parts[1].kind == PickleKind::kText,
            "a module and a name");
    pushGlobal(pickle_.text(parts[0]) + "." + pickle_.text(parts[1]));
  }

  void append(const Pickle::Sequence& values) {
    require(top().kind == PickleKind::kSequence, "a list to append to");
    Pickle::Sequence& list = pickle_.sequences_[static_cast<std::size_t>(top().integer)];
    list.insert(list.end(), values.begin(), values.end());
  }

  void setItems(const Pickle::Sequence& values) {
    require(top().kind == PickleKind::kDict, "a dict to put values into");
    require(values.size() % 2 == 0, "a value for each key");
    Pickle::Dict& dict = pickle_.dicts_[static_cast<std::size_t>(top().integer)];
    for (std::size_t i = 0; i < values.size(); i += 2) dict.emplace_back(values[i], values[i + 1]);
  }

  void recall(std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) refuse("a value in place " + std::to_string(place), "none");
    push(found->second);
  }

  // ("storage", class, key, device, count).
  void pushStorage() {
    const PickleValue id = pop();
    require(id.kind == PickleKind::kSequence, "a storage");
    const Pickle::Sequence& parts = pickle_.sequence(id);
    require(parts.size() == 5 && parts[0].kind == PickleKind::kText &&
                pickle_.text(parts[0]) == "storage" && parts[1].kind == PickleKind::kGlobal &&
                isStorageClass(pickle_.text(parts[1])) && parts[2].kind == PickleKind::kText &&
                parts[4].kind == PickleKind::kInteger && parts[4].integer >= 0,
            "a storage");
    const std::string& type = pickle_.text(parts[1]);
    pushNode(PickleKind::kStorage, pickle_.storages_,
             {type.substr(type.find('.') + 1), pickle_.text(parts[2]), parts[4].integer});
  }

  void reduce() {
    const PickleValue arguments = pop();
    const PickleValue callee = pop();
    require(callee.kind == PickleKind::kGlobal && arguments.kind == PickleKind::kSequence,
            "a known global and its arguments");
    const std::string& name = pickle_.text(callee);
    const Pickle::Sequence& parts = pickle_.sequence(arguments);
    if (name == kOrderedDict) {
      require(parts.empty(), "an OrderedDict that starts empty");
      pushNode(PickleKind::kDict, pickle_.dicts_, {});
    } else if (name == kRebuildTensor) {
      rebuildTensor(parts);
    } else if (name == kRebuildParameter) {
      require(!parts.empty() && parts[0].kind == PickleKind::kTensor, "a tensor");
      push(PickleValue(parts[0]));
    } else {
      refuse("a function that makes a tensor", "global " + quotedText(name));
    }
  }

  void rebuildTensor(const Pickle::Sequence& parts) {
    require(parts.size() >= 4 && parts[0].kind == PickleKind::kStorage &&
                parts[1].kind == PickleKind::kInteger,
            "storage, offset, shape and strides of a tensor");
    PickleTensor tensor;
    tensor.storage = static_cast<std::size_t>(parts[0].integer);
    tensor.offset = parts[1].integer;
    tensor.shape = integers(parts[2]);
    tensor.strides = integers(parts[3]);
    pushNode(PickleKind::kTensor, pickle_.tensors_, std::move(tensor));
  }

  std::vector<std::int64_t> integers(const PickleValue& value) const {
    constexpr std::size_t kMaxDimensions = 8;
    require(value.kind == PickleKind::kSequence && pickle_.sequence(value).size() <= kMaxDimensions,
            "at most 8 dimensions");
    std::vector<std::int64_t> numbers;
    for (const PickleValue& number : pickle_.sequence(value)) {
      require(number.kind == PickleKind::kInteger, "whole numbers");
      numbers.push_back(number.integer);
    }
    return numbers;
  }

  std::span<const std::byte> bytes_;
  const std::string& origin_;
  std::size_t at_ = 0;    // of the instruction
  std::size_t next_ = 0;  // byte not read yet
  std::size_t values_ = 0;
  Pickle::Sequence stack_;
  std::vector<std::size_t> marks_;
  std::map<std::uint64_t, PickleValue> memo_;
  Pickle pickle_;
};

Pickle Pickle::parse(std::span<const std::byte> bytes, const std::string& origin) {
  return PickleMachine(bytes, origin).run();
}

}  // namespace hiss
