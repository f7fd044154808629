// The options that say where mail goes.
#include "apps/mailer/options.h"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/mailer/error.h"

namespace favras::mailer {
namespace {

SmtpSettings settings_of(const std::vector<std::string>& words) {
  namespace po = boost::program_options;
  po::options_description options;
  add_smtp_options(options);
  po::variables_map values;
  po::store(po::command_line_parser(words).options(options).run(), values);
  return smtp_settings(values);
}

}  // namespace

BOOST_AUTO_TEST_CASE(settings_from_options) {
  const SmtpSettings usual = settings_of({"--smtp-url", "smtps://u@h"});
  BOOST_TEST((usual.server == SmtpServer{true, "u", "h", 465}));
  BOOST_TEST((usual.authentication == Authentication::kAuto));
  BOOST_TEST((usual.timeouts.data_end == std::chrono::minutes(10)));
  const SmtpSettings all = settings_of({"--smtp-url", "smtp://h", "--auth", "xoauth2", "--ca-file", "ca",
                                        "--password-file", "p", "--timeouts", "tls=0.5,data-end=7"});
  BOOST_TEST((all.authentication == Authentication::kXoauth2));
  BOOST_TEST(all.ca_file == "ca");
  BOOST_TEST(all.password.file == "p");
  BOOST_TEST((all.timeouts.tls == std::chrono::milliseconds(500)));
  BOOST_TEST((all.timeouts.data_end == std::chrono::seconds(7)));
  BOOST_TEST((all.timeouts.connect == std::chrono::seconds(30)));
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
  BOOST_CHECK_THROW(settings_of({}), UsageError);
  for (const char* bad :
       {"tls", "tls=", "tls=x", "tls=0", "tls=-1", "tls=1x", "tls=nan", "tls=1e9", "other=1", "=1"})
    BOOST_TEST_CONTEXT(bad) BOOST_CHECK_THROW(parse_timeouts(bad), UsageError);
  BOOST_CHECK_THROW(settings_of({"--smtp-url", "smtp://h", "--auth", "cram-md5"}), UsageError);
  BOOST_CHECK_THROW(
      settings_of({"--smtp-url", "smtp://h", "--password-file", "a", "--password-command", "b"}), UsageError);
}

}  // namespace favras::mailer
