// What a server says, made fit for terminals and logs: a server may repeat what it was told, secrets
// included.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/mailer/reply.h"

namespace favras::mailer {

class Redaction {
 public:
  // From now on this text, where it is not empty, becomes "***"; so does its base64.
  void hide(const std::string& secret);

  // Control characters and what is not UTF-8 become '?', and what is long is cut.
  std::string shown(std::string_view text) const;
  std::string shown(const Reply& reply) const;  // "550 No such user", its lines side by side

 private:
  std::vector<std::string> secrets_;  // the longest first
};

}  // namespace favras::mailer
