// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/engine/monitor/endpoint.h"

namespace hiss {

// Who an endpoint says it is, and what proves it. Both empty: it says nothing.
struct Credentials {
  std::string user;
  std::string password;
};

// Takes the options user, password_file (the first line of it) and password_env (a variable of the
// environment); else what stands in the URI. Options are better, for other users of the machine
// see command lines. Throws Failure: kUsage (two of them, or no such variable), kInput (no such
// file, or it is empty or larger than 64 KiB). No text of it holds the password.
Credentials takeCredentials(OptionReader& options, const Uri& uri);

// A secret of another name: takes the options NAME_file and NAME_env, as above. Empty: none is
// given.
std::string takeSecret(OptionReader& options, const std::string& name);

}  // namespace hiss
