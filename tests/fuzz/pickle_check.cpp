// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/pickle_check.h"

#include <cmath>
#include <cstdlib>
#include <string_view>

#include "models/import/checkpoint.h"
#include "models/import/cleanumamba_import.h"
#include "models/model_error.h"
#include "tests/models/torch_file_maker.h"

namespace hiss {

bool checkCheckpointBytes(std::span<const std::byte> bytes) {
  try {
    const Checkpoint checkpoint = Checkpoint::parse(bytes, "fuzz");
    for (const TensorSpec& spec : checkpoint.tensors()) {
      const auto values = checkpoint.require(spec.name, spec.shape);
      if (values.size() != static_cast<std::size_t>(elementCount(spec.shape))) std::abort();
      for (const float value : values) {
        if (!std::isfinite(value)) std::abort();
      }
    }
    try {
      (void)cleanUMambaConfigOf(checkpoint, checkpoint.values());
    } catch (const ModelError&) {
      return true;  // some other network's
    }
    return true;
  } catch (const ModelError& error) {
    if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
    return false;
  }
}

std::vector<std::byte> archiveOfPickle(const std::string& pickle) {
  const std::string numbers("\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 16);  // 0 ... 3 as f32
  return torchBytes(pickle, {{"0", numbers}, {"1", numbers.substr(0, 8)}});
}

std::string seedPickle() {
  const std::string weights =
      pickleGlobal("collections", "OrderedDict") + ")Rq\x01(" + pickleText("encoder.0.0.weight") +
      pickleTensor({.count = 4, .shape = {2, 2}, .strides = {2, 1}}) +
      pickleText("encoder.0.0.bias") +
      pickleTensor({.type = "HalfStorage", .key = "1", .count = 4, .shape = {4}, .strides = {1}}) +
      "u}" + pickleText("_metadata") + "}sb";
  return "\x80\x02}(" + pickleText("model_state_dict") + weights + pickleText("network_config") +
         "}(" + pickleText("kernel_size") + "K\x04" + pickleText("names") + "](" + pickleText("a") +
         "N\x88G\x3f\xf0" + std::string(6, '\0') + "e" + pickleText("size") + "\x8a\x02\x10\x27" +
         "uu.";
}

}  // namespace hiss
