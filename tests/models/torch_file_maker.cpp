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

// The member's bytes as the archive holds them.
std::string packed(const ZipMember& member) {
  if (!member.deflated) return member.bytes;
  const std::uint64_t size = member.bytes.size();
  return joined({"\x01", number(size, 2), number(~size, 2), member.bytes});
}

// What both headers of a member have in common, from the version to the length of the extra field,
// and that field.
struct Fields {
  std::string common;
  std::string extra;
};

Fields fieldsOf(const ZipMember& member) {
  const std::uint64_t size = member.bytes.size() + member.more;
  const std::uint64_t packed_size = packed(member).size();
  const int method = member.method != 0 ? member.method : (member.deflated ? 8 : 0);
  Fields fields;
  if (member.zip64) {
    fields.extra = joined({number(1, 2), number(16, 2), number(size, 8), number(packed_size, 8)});
  }
  const std::uint64_t mark = ~std::uint64_t{0};
  fields.common =
      joined({number(20, 2), number(0, 2), number(static_cast<std::uint64_t>(method), 2),
              number(0, 4), number(crc32Of(member.bytes), 4),
              number(member.zip64 ? mark : packed_size, 4), number(member.zip64 ? mark : size, 4),
              number(member.name.size(), 2), number(fields.extra.size(), 2)});
  return fields;
}

}  // namespace

std::vector<std::byte> zipBytes(const std::vector<ZipMember>& members) {
  std::string file;
  std::string directory;
  for (const ZipMember& member : members) {
    const Fields fields = fieldsOf(member);
    directory += joined({"PK\x01\x02", number(20, 2), fields.common, number(0, 10),
                         number(file.size(), 4), member.name, fields.extra});
    file += joined({"PK\x03\x04", fields.common, member.name, fields.extra, packed(member)});
  }
  const std::string count = number(members.size(), 2);
  const std::string end =
      joined({"PK\x05\x06", number(0, 4), count, count, number(directory.size(), 4),
              number(file.size(), 4), number(0, 2)});
  file += directory + end;
  const auto* const first = reinterpret_cast<const std::byte*>(file.data());
  return {first, first + file.size()};
}

std::vector<std::byte> torchBytes(std::string_view pickle, const std::vector<ZipMember>& storages) {
  std::vector<ZipMember> members = {{"model/data.pkl", std::string(pickle)},
                                    {"model/byteorder", "little"}};
  for (const ZipMember& storage : storages) {
    members.push_back(storage);
    members.back().name = "model/data/" + storage.name;
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
