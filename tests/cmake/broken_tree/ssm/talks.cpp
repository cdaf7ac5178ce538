// SPDX-License-Identifier: Apache-2.0
// A comment may say std::cout and exit(1).
#include "ssm/talks.h"
#include <sndfile.h>
void talk() {
  std::cerr << "x";
  std::snprintf(nullptr, 0, "allowed");
  printf("x");
  exit(1);
}
