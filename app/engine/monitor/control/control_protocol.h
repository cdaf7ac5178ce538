// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "app/engine/monitor/control/label_store.h"
#include "app/engine/monitor/control/monitor_controls.h"

namespace hiss {

// What is said over the control socket: a request is one line with an object of JSON, its answer
// another one.
//
//   {"command":"status"}                            all but the streams
//   {"command":"streams","glob":"plant/*"}          those that match; "glob" may be missing
//   {"command":"alerts","most":50}                  newest first, as sinks/event_json.h writes them
//   {"command":"ack","id":"...","note":"..."}       "note" may be missing
//   {"command":"label","id":"...","label":"normal"|"fault","note":"..."}
//   {"command":"labels","most":1000}                the newest ones, oldest first
//   {"command":"mute","glob":"plant/*","seconds":3600}
//   {"command":"unmute","glob":"plant/*"}
//   {"command":"save"}   {"command":"reload"}
//
//   {"ok":true,"result":{...}}
//   {"ok":false,"kind":"usage"|"input"|"output"|"internal","error":"..."}
//
// What is asked for is checked: other keys, types and lengths are an error, never an exception.
// `labels` may be null. `now_ns`: since 1970. Returns one line without its end.
std::string answerControlRequest(std::string_view request, MonitorControls& controls,
                                 LabelStore* labels, std::int64_t now_ns);

// The answer to what was not even a request.
std::string controlRefusal(std::string_view error);

}  // namespace hiss
