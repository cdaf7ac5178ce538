// SPDX-License-Identifier: Apache-2.0
#include "tests/models/torch_file_maker.h"

#include <initializer_list>

namespace hiss {
namespace {

// Least significant byte first.
std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i, value >>= 8U) text += static_cast<char>(value & 0xffU);
  return text;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

std::uint32_t crc32Of(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

// What both headers of a member have in common, from the version to the length of the extra field.
std::string commonFields(const ZipMember& member) {
  const std::string size = number(member.bytes.size(), 4);
  return number(0, 10) + number(crc32Of(member.bytes), 4) + size + size +
         number(member.name.size(), 2) + number(0, 2);
}

}  // namespace

std::vector<std::byte> zipBytes(const std::vector<ZipMember>& members) {
  std::string file;
  std::string directory;
  for (const ZipMember& member : members) {
    directory += joined({"PK\x01\x02", number(0, 2), commonFields(member), number(0, 10),
                         number(file.size(), 4), member.name});
    file += joined({"PK\x03\x04", commonFields(member), member.name, member.bytes});
  }
  const std::string count = number(members.size(), 2);
  const std::string end = "PK\x05\x06" + number(0, 4) + count + count +
                          number(directory.size(), 4) + number(file.size(), 4) + number(0, 2);
  file += directory + end;
  const auto* const first = reinterpret_cast<const std::byte*>(file.data());
  return {first, first + file.size()};
}

std::vector<std::byte> torchBytes(std::string_view pickle, const std::vector<ZipMember>& storages) {
  std::vector<ZipMember> members = {{"model/data.pkl", std::string(pickle)},
                                    {"model/byteorder", "little"}};
  for (const ZipMember& storage : storages) {
    members.push_back({"model/data/" + storage.name, storage.bytes});
  }
  return zipBytes(members);
}

std::string pickleText(std::string_view text) {
  return joined({"X", number(text.size(), 4), text});
}

std::string pickleInteger(std::int32_t value) {
  return joined({"J", number(static_cast<std::uint32_t>(value), 4)});
}

std::string pickleGlobal(std::string_view module, std::string_view name) {
  return joined({"c", module, "\n", name, "\n"});
}

std::string pickleIntegers(const std::vector<std::int32_t>& values) {
  std::string text = "(";
  for (const std::int32_t value : values) text += pickleInteger(value);
  return text + "t";
}

std::string pickleTensor(const PickledTensor& tensor) {
  const std::string storage =
      joined({"(", pickleText("storage"), pickleGlobal("torch", tensor.type),
              pickleText(tensor.key), pickleText("cpu"), pickleInteger(tensor.count), "tQ"});
  const std::string no_hooks = joined({pickleGlobal("collections", "OrderedDict"), ")R"});
  return joined({pickleGlobal("torch._utils", "_rebuild_tensor_v2"), "(", storage,
                 pickleInteger(tensor.offset), pickleIntegers(tensor.shape),
                 pickleIntegers(tensor.strides), "\x89", no_hooks, "tR"});
}

std::string pickleDict(std::string_view key, std::string_view value) {
  return joined({"\x80\x02}", pickleText(key), value, "s."});
}

}  // namespace hiss
