// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/engine/failure.h"
#include "app/engine/monitor/source.h"
#include "ui/base/notice.h"

namespace hiss {

// What the user is told of a failure of the monitor or of something he asked it for: plain words,
// what to do, and the failure's text as the details.
Notice noticeOf(const Failure& failure);

// Of a source that has a problem: one that tries again, or one that ended with it.
Notice noticeOf(const SourceStatus& source);

}  // namespace hiss
