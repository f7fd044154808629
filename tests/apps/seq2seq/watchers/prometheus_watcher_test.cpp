// The file for Prometheus: what it says when, and that it is never half there.
#include "apps/seq2seq/watchers/prometheus_watcher.h"

#include <filesystem>
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {
namespace {

using test::contains;
using test::read_all;

struct Place : test::ScratchDirectory {
  std::size_t mails = 0;
  PrometheusWatcher watcher{*this / "run.prom", "a \"b\"\\", [this] { return mails; }};
  std::string text() const { return read_all(*this / "run.prom"); }
};

BOOST_FIXTURE_TEST_CASE(values_come_as_they_are_known, Place) {
  BOOST_TEST(text() ==
             "# HELP favras_running 1 while the training goes on, 0 when it has ended.\n"
             "# TYPE favras_running gauge\n"
             "favras_running{run=\"a \\\"b\\\"\\\\\"} 1\n"
             "# HELP favras_mails_waiting Mails that no server has taken yet.\n"
             "# TYPE favras_mails_waiting gauge\n"
             "favras_mails_waiting{run=\"a \\\"b\\\"\\\\\"} 0\n");
  mails = 3;
  watcher.event({{"event", "progress"}, {"step", 7}, {"loss", 0.25}, {"validation_loss", nullptr}});
  BOOST_TEST(contains(text(), "\nfavras_loss{run=\"a \\\"b\\\"\\\\\"} 0.25\n"));
  BOOST_TEST(contains(text(), "\nfavras_step{run=\"a \\\"b\\\"\\\\\"} 7\n"));
  BOOST_TEST(contains(text(), "favras_mails_waiting{run=\"a \\\"b\\\"\\\\\"} 3\n"));
  BOOST_TEST(contains(text(), "favras_last_progress_timestamp_seconds"));
  BOOST_TEST(!contains(text(), "favras_validation_loss"));
  watcher.event({{"event", "saved"}, {"step", 8}});
  BOOST_TEST(contains(text(), "favras_loss{run=\"a \\\"b\\\"\\\\\"} 0.25\n"));  // the last one known
}

BOOST_FIXTURE_TEST_CASE(an_end_is_told, Place) {
  const std::string running = "favras_running{run=\"a \\\"b\\\"\\\\\"} ";
  for (const char* end : {"finished", "interrupted", "diverged"}) {
    watcher.event({{"event", end}, {"step", 7}});
    BOOST_TEST(contains(text(), running + "0"), end);
    watcher.event({{"event", "resumed"}, {"step", 7}});
    BOOST_TEST(contains(text(), running + "1"), end);
  }
  watcher.failed("out of memory");
  BOOST_TEST(contains(text(), running + "0"));
}

BOOST_FIXTURE_TEST_CASE(a_place_that_is_gone_costs_the_news_alone, Place) {
  std::filesystem::remove_all(path());
  BOOST_CHECK_NO_THROW(watcher.event({{"event", "saved"}, {"step", 8}}));
  BOOST_CHECK_NO_THROW(watcher.failed(""));
  BOOST_TEST(contains(test::error_of([&] { PrometheusWatcher(*this / "none" / "f", "", [] { return 0; }); }),
                      "none/f.tmp"));
}

BOOST_FIXTURE_TEST_CASE(a_directory_is_no_file_for_it, Place) {
  std::filesystem::create_directory(*this / "directory");
  BOOST_TEST(contains(test::error_of([&] { PrometheusWatcher(*this / "directory", "", [] { return 0; }); }),
                      "Is a directory"));
  BOOST_TEST(!std::filesystem::exists(*this / "directory.tmp"));
}

}  // namespace
}  // namespace favras::seq2seq
