// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hiss {

// Files as torch.save writes them, right or wrong, for tests.

// A file within an archive.
struct ZipMember {
  std::string name;
  std::string bytes;
  bool deflated = false;   // as one block of deflate that packs nothing
  bool zip64 = false;      // its sizes stand in an extra field of 64 bits
  int method = 0;          // of compression, as it is stated; 0: what `deflated` says
  std::uint64_t more = 0;  // its size is stated as larger by so much
};

// An archive of files, with their checksums.
std::vector<std::byte> zipBytes(const std::vector<ZipMember>& members);

// The archive that PyTorch reads: `pickle` as data.pkl, and what each storage holds.
std::vector<std::byte> torchBytes(std::string_view pickle,
                                  const std::vector<ZipMember>& storages = {});

// Parts of a pickle.
std::string pickleText(std::string_view text);  // a text on the stack
std::string pickleInteger(std::int32_t value);  // a whole number
std::string pickleGlobal(std::string_view module, std::string_view name);
std::string pickleIntegers(const std::vector<std::int32_t>& values);  // a tuple of them

// A tensor, as torch pickles it, of `count` values in the storage `key`.
struct PickledTensor {
  std::string type = "FloatStorage";
  std::string key = "0";
  std::int32_t count = 1;
  std::int32_t offset = 0;
  std::vector<std::int32_t> shape;
  std::vector<std::int32_t> strides;
};
std::string pickleTensor(const PickledTensor& tensor);

// A whole pickle: a dict of one value. `value` is what puts it on the stack.
std::string pickleDict(std::string_view key, std::string_view value);

}  // namespace hiss
