// What has become of several digests that could not be sent in time: one message.
#pragma once

#include <vector>

#include "apps/mailer/message.h"

namespace favras::mailer {

// The newest with the texts of the others behind its own, as many of the newest as fit 64 KiB, under the
// number of all. `digests` has one at least, the oldest first.
Message fold_digests(const std::vector<Message>& digests);

}  // namespace favras::mailer
