// The options that say where mail goes, for this program and for others that send mail.
#pragma once

#include <string>

#include <boost/program_options.hpp>

#include "apps/mailer/smtp_client.h"

namespace favras::mailer {

// --smtp-url, --auth, --password-file, --password-command, --ca-file, --timeouts; all of them texts.
void add_smtp_options(boost::program_options::options_description& options);

// Throws UsageError, also when --smtp-url is missing.
SmtpSettings smtp_settings(const boost::program_options::variables_map& values);

// "connect=5,data-end=60.5", in seconds; the others stay as they are. Throws UsageError.
Timeouts parse_timeouts(const std::string& text);

}  // namespace favras::mailer
