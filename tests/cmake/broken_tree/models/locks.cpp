// SPDX-License-Identifier: Apache-2.0
#include "locks.h"
std::mutex m;
